import type { InterestPoint } from '../../domain/moment.ts';
import { escapeHtml, formatClock } from './escape.ts';
import type { PageData } from './page-data.ts';

/** Bars of the waveform: enough for a wide screen, few enough for a small file. */
const barCount = 480;

/** The level drawn as nothing, in dBFS: a quiet room. */
const floorDbfs = -60;

/** Charts are drawn on this grid and stretched to the width of the page. */
const chartWidth = 1000;

/** The loudest level of each of `count` equal stretches, as 0 (−60 dBFS or less) to 1 (full scale). */
export function waveformBars(envelopeDbfs: readonly number[], count: number): number[] {
  if (envelopeDbfs.length === 0) return [];
  const used = Math.min(count, envelopeDbfs.length);
  return Array.from({ length: used }, (_, bar) => {
    const from = Math.floor((bar * envelopeDbfs.length) / used);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * envelopeDbfs.length) / used));
    let loudest = floorDbfs;
    for (let index = from; index < to; index++) loudest = Math.max(loudest, envelopeDbfs[index] ?? floorDbfs);
    return Math.min(1, (loudest - floorDbfs) / -floorDbfs);
  });
}

/** The waveform as one SVG path on a grid of 1000 × 100, mirrored at the middle. */
function waveformPath(bars: readonly number[]): string {
  const step = chartWidth / bars.length;
  return bars
    .map((level, bar) => {
      // Squared, so that speech stands out from the room; never quite nothing, so that the line goes on.
      const half = Math.max(0.8, level ** 2 * 48);
      return `M${round((bar + 0.5) * step)} ${round(50 - half)}V${round(50 + half)}`;
    })
    .join('');
}

/** The interest curve as a closed SVG path on a grid of 1000 × 100. */
function interestPath(
  interest: readonly InterestPoint[],
  durationMs: number,
): { area: string; line: string } {
  const points = interest.map(({ startMs, endMs, score }) => {
    const x = round((((startMs + endMs) / 2) * chartWidth) / durationMs);
    return `${x} ${round(96 - score * 92)}`;
  });
  const line = points.length === 0 ? '' : `M${points.join('L')}`;
  const first = points[0]?.split(' ')[0] ?? '0';
  const last = points.at(-1)?.split(' ')[0] ?? '0';
  return { line, area: line === '' ? '' : `${line}L${last} 100L${first} 100Z` };
}

/** Round steps of time, in ms, for the axis. */
const tickSteps = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].map((seconds) => seconds * 1000);

/** Where the time axis has its marks, in ms: at most nine, on round times. */
export function axisTicks(durationMs: number): number[] {
  const step = tickSteps.find((candidate) => durationMs / candidate <= 8) ?? Math.ceil(durationMs / 8);
  const ticks = [0];
  // The last mark would run over the edge: the end is written there anyway.
  for (let at = step; at < durationMs - step * 0.4; at += step) ticks.push(at);
  return ticks;
}

/** A percentage of the source, for CSS. */
const percent = (ms: number, durationMs: number) => `${round((ms * 100) / durationMs)}%`;

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** The source as a strip: waveform, interest, the moments to click on. Positions come as CSS rules: the page allows no inline style. */
export function sourceChart(data: PageData): { html: string; css: string } {
  const { durationMs } = data.source;
  if (durationMs <= 0 || (data.sound === undefined && data.interest.length === 0))
    return { html: '', css: '' };
  const rules: string[] = [];
  const moments = data.clips.map(({ moment, post }, index) => {
    const { startMs, endMs } = moment;
    rules.push(
      `#m${index + 1}{left:${percent(startMs, durationMs)};width:${percent(endMs - startMs, durationMs)}}`,
    );
    const title = escapeHtml(
      `${post?.title ?? moment.title} (${formatClock(startMs)} to ${formatClock(endMs)})`,
    );
    return `<a class="moment" id="m${index + 1}" href="#clip-${index + 1}" title="${title}" aria-label="Clip ${index + 1}: ${title}" data-start="${startMs}" data-end="${endMs}"><span>${index + 1}</span></a>`;
  });
  const ticks = axisTicks(durationMs).map((at, index) => {
    rules.push(`#t${index}{left:${percent(at, durationMs)}}`);
    return `<span id="t${index}">${formatClock(at)}</span>`;
  });
  const bars = waveformBars(data.sound?.envelopeDbfs ?? [], barCount);
  const curve = interestPath(data.interest, durationMs);
  const lanes = [
    bars.length === 0
      ? ''
      : `<svg class="wave" viewBox="0 0 ${chartWidth} 100" preserveAspectRatio="none" aria-hidden="true"><path d="${waveformPath(bars)}"/></svg>`,
    curve.line === ''
      ? ''
      : `<svg class="interest" viewBox="0 0 ${chartWidth} 100" preserveAspectRatio="none" aria-hidden="true"><path class="area" d="${curve.area}"/><path class="line" d="${curve.line}"/></svg>`,
  ].join('');
  const labels = [
    bars.length === 0 ? '' : '<span class="lane-name">Sound level, −60 to 0 dBFS</span>',
    curve.line === '' ? '' : '<span class="lane-name">Interest, 0 to 1</span>',
  ].join('');
  return {
    css: rules.join(''),
    html: `<section class="source" aria-label="The source">
<div class="lane-names"><h2>Where the clips come from</h2>${labels}</div>
<div class="strip" data-duration="${durationMs}">${lanes}<div class="moments">${moments.join('')}</div><div class="playhead" hidden></div></div>
<div class="axis" aria-hidden="true">${ticks.join('')}<span class="end">${formatClock(durationMs)}</span></div>
</section>`,
  };
}
