import { createHash } from 'node:crypto';
import { escapeHtml } from '../page/escape.ts';
import { baseStyle } from '../page/page-style.ts';
import type { MetricStats } from './measure.ts';
import { chartStyle, chartWidth, describeCounter, plotSvg } from './plot-svg.ts';
import { metricTitles, type StatsReport } from './report.ts';
import { formatChange, formatCount, formatDay, formatRate } from './scale.ts';
import { counterPoints } from './series.ts';

/** How wide a chart is on a telephone, in px. */
const narrowWidth = 440;

/** A table of a chart has so many rows at most, the newest. */
const mostRows = 400;

const style = `${baseStyle}${chartStyle}
main{max-width:1008px;margin:0 auto;padding:24px}
header{margin-bottom:24px}
header h1{font-size:24px;line-height:32px;font-weight:650;letter-spacing:-.01em}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(208px,1fr));gap:16px;margin-bottom:24px}
.figure,.card{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:16px}
.figure dt{color:var(--quiet);font-size:13px}
.figure dd{margin:0}
.figure .now{font-size:28px;line-height:40px;font-weight:650;letter-spacing:-.02em}
.card{margin-bottom:16px}
.pp-chart{display:block;width:100%;height:auto;--pp-back:var(--panel)}
.narrow{display:none}
details{margin-top:8px}
summary{cursor:pointer;color:var(--quiet);font-size:13px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px;line-height:20px;margin-top:8px}
th,td{text-align:right;padding:6px 8px;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child{text-align:left;padding-left:0;white-space:normal}
th{font-weight:600;color:var(--quiet)}
.notes{font-size:14px;line-height:20px;color:var(--quiet)}
.notes li{padding:4px 0}
.down{color:var(--bad)}
@media (max-width:640px){main{padding:16px}.wide{display:none}.narrow{display:block}.figures{grid-template-columns:1fr 1fr;gap:8px}.figure{padding:12px}.figure .now{font-size:24px;line-height:32px}.card{padding:12px}}
@media print{details{display:none}}
`;

/**
 * Writes a report as one page that works from disk: no script, nothing from anywhere else (a content security policy says so to the browser),
 * light or dark as the system is, every chart also as a table.
 */
export function writeStatsPage(report: StatsReport, madeAt: Date): string {
  const { subject, metrics, series, notes } = report;
  const [from, to] = [series.points[0]?.atMs ?? 0, series.points.at(-1)?.atMs ?? 0];
  const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'`;
  const handle = subject.handle === undefined ? '' : ` ${escapeHtml(subject.handle)} ·`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="PatternPivot">
<title>${escapeHtml(subject.title)}: statistics</title>
<style>${style}</style>
</head>
<body>
<main>
<header><h1 dir="auto">${escapeHtml(subject.title)}</h1><p class="quiet">${subject.of === 'channel' ? 'Channel' : 'Video'} ·${handle} ${formatDay(from)} to ${formatDay(to)} (UTC) · ${formatCount(series.snapshotCount)} ${series.snapshotCount === 1 ? 'snapshot' : 'snapshots'}</p></header>
<dl class="figures">${metrics.map(figure).join('')}</dl>
${metrics.map((metric) => card(report, metric)).join('\n')}
${videoTable(report)}
<section class="card notes"><h2>Notes</h2><ul>${[...notes, `Counts are YouTube's, as they were on each day. Growth and rates are computed from them by PatternPivot, on ${formatDay(madeAt.getTime())}; they are not YouTube's figures.`].map((note) => `<li dir="auto">${escapeHtml(note)}</li>`).join('')}</ul></section>
</main>
</body>
</html>
`;
}

function figure({ name, last, change, perDay7, perDay, first }: MetricStats): string {
  const rate = perDay7 ?? perDay;
  const over = perDay7 === undefined ? `since ${formatDay(first.atMs)}` : 'lately (7 days)';
  const pace = rate === undefined ? '' : `<dd class="meta">${formatRate(rate)} a day ${over}</dd>`;
  const changed =
    first.atMs === last.atMs
      ? ''
      : `<dd class="meta${change < 0 ? ' down' : ''}">${formatChange(change)} since ${formatDay(first.atMs)}</dd>`;
  return `<div class="figure"><dt>${metricTitles[name]}</dt><dd class="now">${formatCount(last.value)}</dd>${changed}${pace}</div>`;
}

function card({ subject, series }: StatsReport, metric: MetricStats): string {
  const title = metricTitles[metric.name];
  const points = counterPoints(series, metric.name);
  if (points.length < 2) {
    return `<section class="card"><h2>${title}</h2><p class="quiet">One snapshot so far: sync again, and there will be a chart.</p></section>`;
  }
  const words = { title: subject.title, metric: title };
  const chart = (kind: 'wide' | 'narrow', width: number) =>
    `<div class="${kind}">${plotSvg(metric, points, words, { width, id: `${metric.name}-${kind}`, isAlone: false })}</div>`;
  const rows = metric.rates
    .slice(-mostRows)
    .toReversed()
    .map(
      ({ startMs, perDay }) =>
        `<tr><td>${formatDay(startMs)}</td><td>${perDay === undefined ? 'not known' : formatRate(perDay)}</td></tr>`,
    );
  const step = metric.rateDays === 1 ? 'Day' : `${metric.rateDays} days from`;
  const table = `<details><summary>As a table</summary><div class="scroll"><table><thead><tr><th scope="col">${step}</th><th scope="col">${title} a day</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></details>`;
  return `<section class="card"><h2>${title}</h2><p class="meta">${escapeHtml(describeCounter(metric, title))}</p>${chart('wide', chartWidth)}${chart('narrow', narrowWidth)}${rows.length === 0 ? '' : table}</section>`;
}

function videoTable({ videos }: StatsReport): string {
  if (videos === undefined || videos.length === 0) return '';
  const rows = videos.map(
    ({ title, views, change, perDay }) =>
      `<tr><td dir="auto">${escapeHtml(title)}</td><td>${formatCount(views)}</td><td>${formatChange(change)}</td><td>${perDay === undefined ? '' : formatRate(perDay)}</td></tr>`,
  );
  return `<section class="card"><h2>Videos that grew most</h2><div class="scroll"><table><thead><tr><th scope="col">Video</th><th scope="col">Views</th><th scope="col">Growth</th><th scope="col">A day</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`;
}
