"use strict";
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const one = (selector, root = document) => root.querySelector(selector);

/* Theme: what the system asks for, until a person chooses. */
const theme = one("#theme");
theme.hidden = false;
theme.addEventListener("click", () => {
  const root = document.documentElement;
  const now = root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  root.dataset.theme = now === "dark" ? "light" : "dark";
  drawn.forEach((panel) => panel.draw());
});

/* Tables: a click on a column's title sorts by it; the rows that are no proxies stay last. */
for (const table of all("table.sortable")) {
  const heads = all("thead th", table), body = one("tbody", table);
  const given = all("tr", body);
  heads.forEach((head, column) => one("button", head)?.addEventListener("click", () => {
    const before = head.getAttribute("aria-sort");
    const order = before === "descending" ? "ascending" : before === "ascending" ? "none" : "descending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    if (order !== "none") head.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    const rows = order === "none" ? given : [...given].sort((a, b) => {
      const aside = a.classList.contains("aside") - b.classList.contains("aside");
      if (aside) return aside;
      const [x, y] = [a, b].map((row) => row.cells[column].dataset.v);
      if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
      const difference = isNaN(x) || isNaN(y) ? x.localeCompare(y) : x - y;
      return sign * difference;
    });
    body.append(...rows);
    speak(order === "none" ? "Rows in their first order" : `Sorted by ${head.innerText.trim()}, ${order}`);
  }));
}
for (const button of all("button.unfold")) {
  const table = document.getElementById(button.getAttribute("aria-controls"));
  if (!one(".fold", table)) continue;
  button.hidden = false;
  button.addEventListener("click", () => {
    const short = table.classList.toggle("short");
    button.setAttribute("aria-expanded", String(!short));
    button.textContent = short ? "Show all columns" : "Show fewer columns";
  });
}

/* What is scrolled sideways is reached by the keyboard as well. */
const reach = () => all(".wide, .chart-box").forEach((box) => {
  if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
});
reach();
addEventListener("resize", reach);
all("details").forEach((box) => box.addEventListener("toggle", reach));

/* What the pointer is on, beside it; and aloud for who does not see it. */
const tip = one("#tip"), spoken = one("#spoken");
const speak = (text) => { spoken.textContent = text; };
function show(nodes, x, y) {
  tip.replaceChildren(...nodes);
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - box.width - 8))}px`;
  tip.style.top = `${y + 16 + box.height > innerHeight ? Math.max(4, y - box.height - 12) : y + 16}px`;
}
const hide = () => { tip.hidden = true; };
document.addEventListener("pointermove", (event) => {
  const mark = event.target.closest?.("[data-tip]");
  if (mark) show([document.createTextNode(mark.dataset.tip)], event.clientX, event.clientY);
  else if (event.target.tagName !== "CANVAS") hide();
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape") { hide(); mark(null); } });
addEventListener("scroll", hide, { passive: true });

/* Scatter plots: drawn when they come into view, on one canvas each. */
const stored = one("#points");
const data = stored ? JSON.parse(stored.textContent) : null;
const drawn = [];
let ranked = false;
const GUTTER = 34; /* left of a plot, for the values of its axis */

function amount(value) {
  if (value === null) return "–";
  if (value < 1e3) return String(value);
  const [scale, unit] = value < 1e5 ? [1e3, "k"] : value < 9.995e8 ? [1e6, "M"] : [1e9, "G"];
  const scaled = value / scale;
  return scaled.toFixed(scaled >= 100 ? 0 : scaled >= 10 || unit === "k" ? 1 : 2) + unit;
}
function ranks(values) { /* of finite values, ties shared; null elsewhere */
  const order = values.map((value, place) => [value, place]).filter(([value]) => value !== null).sort((a, b) => a[0] - b[0]);
  const found = values.map(() => null);
  for (let first = 0; first < order.length;) {
    let last = first;
    while (last + 1 < order.length && order[last + 1][0] === order[first][0]) last += 1;
    for (let i = first; i <= last; i += 1) found[order[i][1]] = (first + last) / 2 + 1;
    first = last + 1;
  }
  return found;
}
function among(values, value) { /* the rank that a further value would have */
  let below = 0, same = 0;
  for (const other of values) if (other !== null) { if (other < value) below += 1; else if (other === value) same += 1; }
  return below + (same + 1) / 2;
}
const bends = {
  linear: () => (value) => value,
  log: () => (value) => Math.log10(value),
  symlog: (threshold) => (value) => Math.sign(value) * Math.log10(1 + Math.abs(value) / threshold),
};
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
function mix(from, to, share) {
  const [a, b] = [from, to].map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  return `rgb(${a.map((part, i) => Math.round(part + share * (b[i] - part))).join(" ")})`;
}

class Panel {
  constructor(canvas) {
    this.canvas = canvas;
    this.ring = one(".ring", canvas.parentElement);
    this.ends = all(".ends span", canvas.closest("figure"));
    Object.assign(this, data.panels[canvas.dataset.panel]);
    const scores = data.scores[this.proxy] || [], reached = data.accuracies[this.dataset] || [];
    this.points = scores.map((score, place) => ({ place, score, accuracy: reached[place] ?? null, winner: false }))
      .filter((point) => point.score !== null && point.accuracy !== null);
    this.points.push(...this.winners.map(([place, score, accuracy]) => ({ place, score, accuracy, winner: true })));
    this.at = -1;
    canvas.addEventListener("pointermove", (event) => this.point(event));
    canvas.addEventListener("pointerleave", () => { hide(); mark(null); });
    canvas.addEventListener("keydown", (event) => this.step(event));
    canvas.addEventListener("blur", () => { hide(); mark(null); });
  }
  place() { /* where each point lies, from 0 to 1 on both axes */
    const sampled = this.points.filter((point) => !point.winner), sign = this.up ? 1 : -1;
    if (ranked) {
      const scores = sampled.map((point) => sign * point.score), reached = sampled.map((point) => point.accuracy);
      const [x, y] = [ranks(scores), ranks(reached)];
      sampled.forEach((point, i) => { point.x = x[i]; point.y = y[i]; });
      for (const point of this.points.filter((each) => each.winner)) {
        point.x = among(scores, sign * point.score); point.y = among(reached, point.accuracy);
      }
      this.low = [0, 0]; this.high = [sampled.length + 1, sampled.length + 1];
      this.told = ["rank of the score: worst", "best"];
      return;
    }
    const bend = bends[this.kind](this.threshold);
    for (const point of this.points) { point.x = bend(point.score); point.y = point.accuracy; }
    const xs = this.points.map((point) => point.x), [left, right] = [Math.min(...xs), Math.max(...xs)];
    const air = 0.04 * (right - left) || 1;
    const [bottom, top] = limits[this.dataset];
    this.low = [left - air, bottom]; this.high = [right + air, top];
    const raw = this.points.map((point) => point.score), number = (value) => String(Number(value.toPrecision(4)));
    this.told = [`${number(Math.min(...raw))}${this.kind === "linear" ? "" : ` (${this.kind})`}`, number(Math.max(...raw))];
  }
  draw() {
    this.place();
    const box = this.canvas.getBoundingClientRect(), density = Math.max(devicePixelRatio || 1, 1);
    if (!box.width) return;
    [this.canvas.width, this.canvas.height] = [box.width * density, box.height * density];
    const pen = this.canvas.getContext("2d");
    pen.scale(density, density);
    const [low, high, ink, red, faint, soft, paper] =
      ["--low", "--high", "--ink", "--red", "--faint", "--soft", "--paper"].map(colour);
    pen.strokeStyle = faint; pen.fillStyle = soft; pen.font = "11px system-ui, sans-serif"; pen.textBaseline = "middle"; pen.textAlign = "right";
    for (const tick of ticks(this.low[1], this.high[1])) {
      const y = box.height * (1 - (tick - this.low[1]) / (this.high[1] - this.low[1]));
      pen.beginPath(); pen.moveTo(GUTTER, y); pen.lineTo(box.width, y); pen.stroke();
      if (!ranked || tick > 0) pen.fillText(ranked ? String(tick) : `${tick} %`, GUTTER - 4, y);
    }
    const radius = this.points.length > 600 ? 2 : 3.6;
    for (const point of this.points) {
      point.px = GUTTER + (box.width - GUTTER) * (point.x - this.low[0]) / (this.high[0] - this.low[0]);
      const y = (point.y - this.low[1]) / (this.high[1] - this.low[1]);
      point.cut = y < 0;
      point.py = box.height * (1 - Math.max(y, 0.035));
    }
    for (const point of this.points) {
      pen.beginPath();
      if (point.winner) {
        for (let i = 0; i < 10; i += 1) {
          const reach = i % 2 ? 3 : 7.5, angle = Math.PI * (i / 5 - 0.5);
          pen.lineTo(point.px + reach * Math.cos(angle), point.py + reach * Math.sin(angle));
        }
        pen.closePath(); pen.fillStyle = red; pen.strokeStyle = paper; pen.fill(); pen.stroke();
        continue;
      }
      pen.fillStyle = mix(low, high, shade(data.params[point.place]));
      if (point.cut) { pen.moveTo(point.px - 4, point.py - 3); pen.lineTo(point.px + 4, point.py - 3); pen.lineTo(point.px, point.py + 3); pen.closePath(); }
      else pen.arc(point.px, point.py, radius, 0, 2 * Math.PI);
      pen.fill();
      if (radius > 3) { pen.strokeStyle = paper; pen.lineWidth = 0.7; pen.stroke(); }
    }
    this.ends.forEach((end, i) => { end.textContent = this.told[i]; });
  }
  point(event) {
    const box = this.canvas.getBoundingClientRect(), [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let nearest = null, least = 20 ** 2;
    for (const point of this.points) {
      const apart = (point.px - x) ** 2 + (point.py - y) ** 2;
      if (apart < least) { least = apart; nearest = point; }
    }
    if (!nearest) { hide(); mark(null); return; }
    mark(nearest.place);
    show(this.card(nearest), event.clientX, event.clientY);
  }
  step(event) {
    const moves = { ArrowRight: 1, ArrowLeft: -1, ArrowUp: 1, ArrowDown: -1 };
    if (!(event.key in moves) && event.key !== "Home" && event.key !== "End") return;
    event.preventDefault();
    const order = [...this.points].sort((a, b) => a.x - b.x), last = order.length - 1;
    this.at = event.key === "Home" ? 0 : event.key === "End" ? last : Math.min(last, Math.max(0, this.at + moves[event.key]));
    const point = order[this.at], box = this.canvas.getBoundingClientRect();
    mark(point.place);
    show(this.card(point), box.left + point.px, box.top + point.py);
    speak(`${this.at + 1} of ${order.length}: ${this.told_of(point)}, ${data.architectures[point.place]}`);
  }
  told_of(point) {
    return `${point.winner ? "winner of a search, " : ""}score ${Number(point.score.toPrecision(5))}, ` +
      `accuracy ${point.accuracy.toFixed(2)} %, ${amount(data.params[point.place])} params, ` +
      `${amount(data.macs[point.place])} MACs, ${data.layers[point.place] ?? "–"} layers`;
  }
  card(point) {
    const title = document.createElement("b"), text = document.createElement("div"), code = document.createElement("code");
    title.textContent = this.label;
    text.textContent = this.told_of(point);
    code.textContent = data.architectures[point.place];
    const blocks = data.blocks[point.place];
    return blocks ? [title, text, stages(blocks), code] : [title, text, code];
  }
}
function stages(blocks) { /* boxes as long as they are deep, as high as they are wide */
  const space = "http://www.w3.org/2000/svg", layers = blocks.reduce((sum, block) => sum + block[4], 0);
  const picture = document.createElementNS(space, "svg"), width = 320, tall = 64;
  picture.setAttribute("viewBox", `0 0 ${width} ${tall + 14}`);
  let left = 0;
  const add = (name, parent, values) => {
    const node = document.createElementNS(space, name);
    for (const [key, value] of Object.entries(values)) node.setAttribute(key, value);
    parent.append(node);
    return node;
  };
  for (const [family, label, channels, bottleneck, deep, stride] of blocks) {
    const long = width * deep / layers, high = (count) => Math.min(tall, 9 * Math.max(0.3, Math.log2(Math.max(count, 1) / 4)));
    const group = add("g", picture, { class: `block ${family}` });
    add("rect", group, { x: left + 0.7, y: tall - high(channels), width: Math.max(1, long - 1.4), height: high(channels), class: "outer" });
    if (bottleneck) add("rect", group, { x: left + long * 0.3, y: tall - high(bottleneck), width: long * 0.4, height: high(bottleneck) });
    if (stride > 1) add("line", picture, { x1: left, x2: left, y1: 0, y2: tall, class: "guide" });
    if (long > 26) add("text", picture, { x: left + long / 2, y: tall + 11, "text-anchor": "middle", class: "tick" }).textContent = label;
    left += long;
  }
  return picture;
}
function mark(place) { /* the same architecture in every panel */
  for (const panel of drawn) {
    const point = place === null ? null : panel.points.find((each) => each.place === place);
    panel.ring.hidden = !point;
    if (point) { panel.ring.style.left = `${point.px}px`; panel.ring.style.top = `${point.py}px`; }
  }
}
function ticks(low, high) {
  const rough = (high - low) / 5, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => rough <= factor * power);
  const found = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high; tick += step) found.push(Number(tick.toPrecision(10)));
  return found;
}
let shade = () => 0.5;
const limits = {};
if (data) {
  const known = data.params.filter((value) => value !== null), [least, most] = [Math.min(...known), Math.max(...known)];
  shade = (value) => value === null || most <= least ? 0.6 : Math.min(1, Math.max(0, (value - least) / (most - least)));
  for (const [name, values] of Object.entries(data.accuracies)) {
    const won = data.panels.filter((panel) => panel.dataset === name).flatMap((panel) => panel.winners.map((each) => each[2]));
    const reached = values.filter((value) => value !== null).sort((a, b) => a - b);
    /* From where nearly all of the sample is; what is below lies on the lower edge. */
    const low = reached[Math.floor(0.05 * reached.length)], high = Math.max(reached[reached.length - 1], ...won);
    const least = Math.min(reached[0], ...won), air = 0.06 * (high - low) || 1;
    limits[name] = [Math.max(least - air, low - 0.35 * (high - low) - air), high + air];
  }
  for (const dataset of new Set(data.panels.map((panel) => panel.dataset))) limits[dataset] ??= [0, 100];
  const canvases = all("canvas[data-panel]");
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) { seen.unobserve(entry.target); open(entry.target); }
  }, { rootMargin: "300px" });
  const open = (canvas) => {
    if (canvas.dataset.open) return;
    canvas.dataset.open = "yes";
    const panel = new Panel(canvas);
    panel.draw();
    drawn.push(panel);
  };
  canvases.forEach((canvas) => seen.observe(canvas));
  for (const choice of all("input[name=axes]")) {
    choice.addEventListener("change", () => { ranked = choice.value === "ranks"; mark(null); drawn.forEach((panel) => panel.draw()); });
  }
  let waiting = 0;
  addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(() => drawn.forEach((panel) => panel.draw()), 150); });
  const everything = () => { canvases.forEach(open); drawn.forEach((panel) => panel.draw()); };
  addEventListener("beforeprint", everything);
  matchMedia("print").addEventListener("change", everything);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn.forEach((panel) => panel.draw()));
}
