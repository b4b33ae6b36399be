// Price line and daily bars; resized when the panel gets its width.
(() => {
  const source = document.getElementById("office-data");
  if (!source || !globalThis.echarts) return;
  const data = JSON.parse(source.textContent);
  const locale = document.documentElement.lang;
  const font = getComputedStyle(document.body).fontFamily;
  const text = { color: "#5d6963", fontSize: 12, fontFamily: font };
  const axis = { axisLine: { lineStyle: { color: "#d3d9d5" } }, axisTick: { show: false } };
  const grid = { left: 8, right: 12, top: 14, bottom: 4, containLabel: true };
  const value = { type: "value", min: 0, splitNumber: 3, axisLabel: text, splitLine: { lineStyle: { color: "#e5e9e6" } } };
  const tooltip = { trigger: "axis", renderMode: "richText", backgroundColor: "#fff", borderColor: "#d3d9d5", textStyle: { ...text, color: "#15201b" } };
  const draw = (id, option) => {
    const box = document.getElementById(id);
    if (!box) return;
    const chart = globalThis.echarts.init(box);
    chart.setOption({ animation: false, aria: { enabled: true }, grid, tooltip, ...option });
    new ResizeObserver(() => chart.resize()).observe(box);
  };
  const month = new Intl.DateTimeFormat(locale, { month: "short", day: "numeric" });
  draw("office-price", {
    xAxis: { type: "time", ...axis, splitLine: { show: false }, axisLabel: { ...text, hideOverlap: true, formatter: (at) => month.format(at) }, splitNumber: 6 },
    yAxis: value,
    series: [{ type: "line", name: document.getElementById("office-price").dataset.name, showSymbol: false, lineStyle: { width: 2.5, color: "#0b5c46" }, itemStyle: { color: "#0b5c46" },
      areaStyle: { color: "#0b5c46", opacity: 0.06 }, data: data.price.map(([at, price]) => [Date.parse(at), Number(price)]) }],
  });
  const flow = document.getElementById("office-flow");
  draw("office-flow", {
    xAxis: { type: "category", ...axis, data: data.flows.map(([day]) => `${Number(day.slice(5, 7))}/${Number(day.slice(8))}`), axisLabel: { ...text, interval: 6 } },
    yAxis: value,
    series: [
      { type: "bar", name: flow.dataset.in, data: data.flows.map((row) => row[1]), itemStyle: { color: "#137556", borderRadius: [3, 3, 0, 0] }, barGap: "10%" },
      { type: "bar", name: flow.dataset.out, data: data.flows.map((row) => row[2]), itemStyle: { color: "#7c8a9a", borderRadius: [3, 3, 0, 0] } },
    ],
  });
})();
