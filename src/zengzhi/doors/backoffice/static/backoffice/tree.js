// The referral tree: one level at a time, read when it is asked for.
(() => {
  const source = document.getElementById("tree-data");
  const box = document.getElementById("office-tree");
  if (!source || !box || !globalThis.echarts) return;
  const font = getComputedStyle(document.body).fontFamily;
  const wide = () => box.clientWidth > 620;
  const rest = (parent) =>
    parent.more ? [{ name: box.dataset.more, of: parent.key, isMore: true, itemStyle: { color: "#d3d9d5", borderColor: "#8b958f" } }] : [];
  const plain = (row) => ({
    name: row.name,
    key: row.id,
    below: row.below,
    rank: row.rank,
    loaded: Boolean(row.children),
    more: row.more || 0,
    children: [],
    itemStyle: { color: row.below ? "#0b5c46" : "#fff", borderColor: row.suspended ? "#b3261e" : "#0b5c46" },
  });
  const node = (row) => {
    const made = plain(row);
    made.children = (row.children || []).map(node).concat(rest(made));
    return made;
  };
  const root = node(JSON.parse(source.textContent));
  const chart = globalThis.echarts.init(box);
  const draw = () => {
    chart.setOption({
      animation: false,
      aria: { enabled: true },
      tooltip: { renderMode: "richText", formatter: ({ data }) => (data.isMore ? "" : `${data.name}${data.rank ? ` · ${data.rank}` : ""} · ${data.below}`) },
      series: [{
        type: "tree",
        data: [root],
        orient: "LR",
        top: 8, bottom: 8, left: wide() ? 90 : 64, right: wide() ? 130 : 84,
        symbol: "circle", symbolSize: 12,
        initialTreeDepth: -1,
        expandAndCollapse: false,
        roam: true,
        lineStyle: { color: "#bfddcf", width: 1.5 },
        label: { position: "left", align: "right", color: "#15201b", fontFamily: font, fontSize: 13, formatter: ({ data }) => (data.below ? `${data.name} ${data.below}` : data.name) },
        leaves: { label: { position: "right", align: "left" } },
      }],
    }, { replaceMerge: ["series"] });
  };
  const shown = (row) => (row.children && row.children.length ? row.children.reduce((sum, child) => sum + shown(child), 0) : 1);
  const fit = () => {
    box.style.height = `${Math.min(2400, Math.max(420, shown(root) * 26))}px`;
    chart.resize();
    draw();
  };
  const open = async (row, start) => {
    const answer = await fetch(`${box.dataset.address}?member=${row.key}&start=${start}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const page = await answer.json();
    row.children = row.children.filter((child) => !child.isMore).concat(page.children.map(node));
    row.more = page.more;
    row.children.push(...rest(row));
    row.loaded = true;
    fit();
  };
  const find = (row, key) => (row.key === key ? row : (row.children || []).map((child) => find(child, key)).find(Boolean));
  chart.on("click", ({ data }) => {
    const row = data && find(root, data.isMore ? data.of : data.key);
    if (!row) return;
    if (data.isMore) {
      open(row, row.children.filter((child) => !child.isMore).length);
    } else if (!row.loaded && row.below) {
      open(row, 0);
    } else if (row.loaded && row !== root) {
      Object.assign(row, { loaded: false, more: 0, children: [] });
      fit();
    }
  });
  fit();
  new ResizeObserver(() => chart.resize()).observe(box);
})();
