// The price chart: y from 0, price solid, payout dashed, own orders as hollow dots.
(() => {
  const box = document.getElementById("price-chart");
  const source = document.getElementById("price-data");
  if (!box || !source || !globalThis.echarts) return;
  const data = JSON.parse(source.textContent);
  if (!data.price.length) return;
  const words = box.dataset;
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const locale = document.documentElement.lang;
  const points = (rows) => rows.map(([at, value]) => [Date.parse(at), Number(value)]);
  const span = Date.parse(data.price.at(-1)[0]) - Date.parse(data.price[0][0]);
  const day = 86400000;
  const options = span > 75 * day ? { month: "short" } : span > 2 * day
    ? { month: "numeric", day: "numeric" } : { hour: "2-digit", minute: "2-digit" };
  const fine = span < 10 * 60000 ? { ...options, second: "2-digit" } : options;
  const label = new Intl.DateTimeFormat(locale, fine);
  const exact = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const chart = globalThis.echarts.init(box, null, { renderer: "canvas" });
  const text = { color: css("--ink-3"), fontSize: 12, fontFamily: getComputedStyle(document.body).fontFamily };
  chart.setOption({
    animation: false,
    aria: { enabled: true, label: { description: words.description } },
    grid: { left: 8, right: 14, top: 26, bottom: 4, containLabel: true },
    tooltip: {
      trigger: "axis", backgroundColor: "#fff", borderColor: css("--line-2"), padding: [8, 12],
      textStyle: { ...text, color: css("--ink") },
      formatter: (items) => `${exact.format(items[0].value[0])}<br>` + items
        .filter((item) => item.seriesType === "line")
        .map((item) => `${item.seriesName} <b>${item.value[1].toFixed(4)}</b>`).join("<br>"),
    },
    xAxis: {
      type: "time", axisLine: { lineStyle: { color: css("--line-2") } }, axisTick: { show: false },
      axisLabel: { ...text, hideOverlap: true, formatter: (at) => label.format(at) },
      splitLine: { show: false }, splitNumber: 5, boundaryGap: ["0%", "1%"],
    },
    yAxis: {
      type: "value", min: 0, splitNumber: 3, name: words.unit, nameTextStyle: { ...text, align: "right" },
      nameGap: 10, axisLabel: text, splitLine: { lineStyle: { color: css("--line") } },
    },
    series: [
      { name: words.price, type: "line", data: points(data.price), showSymbol: data.price.length < 3,
        lineStyle: { width: 2.5, color: css("--green-700") }, itemStyle: { color: css("--green-700") },
        areaStyle: { color: css("--green-700"), opacity: 0.06 }, z: 3 },
      { name: words.payout, type: "line", data: points(data.payout), showSymbol: false,
        lineStyle: { width: 1.6, type: "dashed", color: css("--slate") }, itemStyle: { color: css("--slate") }, z: 2 },
      { name: words.own, type: "scatter", data: points(data.own), symbolSize: 10, z: 5,
        itemStyle: { color: "#fff", borderColor: css("--green-700"), borderWidth: 2.5 } },
    ],
  });
  new ResizeObserver(() => chart.resize()).observe(box);
})();
