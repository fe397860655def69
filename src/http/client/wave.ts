/// <reference lib="dom" />
import type { ReviewShownClip } from '../../recipes/review-snapshot.ts';
import { el } from './dom.ts';

const svgNamespace = 'http://www.w3.org/2000/svg';

function svg(tag: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const element = document.createElementNS(svgNamespace, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

/** The sound of a clip and around it: what is inside stands out, what was cut from the middle is faint. */
export function drawWave(clip: ReviewShownClip): HTMLElement {
  const { levels, startMs, stepMs } = clip.wave;
  const endMs = startMs + levels.length * stepMs;
  const scale = (ms: number) => ((ms - startMs) * 1000) / Math.max(1, endMs - startMs);
  const drawing = svg('svg', { viewBox: '0 0 1000 100', preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  drawing.append(
    svg('rect', {
      class: 'range',
      x: scale(clip.startMs),
      y: 0,
      width: Math.max(1, scale(clip.endMs) - scale(clip.startMs)),
      height: 100,
    }),
  );
  const paths = { in: '', out: '' };
  for (const [index, level] of levels.entries()) {
    const ms = startMs + (index + 0.5) * stepMs;
    const half = Math.max(1.2, level * 46);
    const line = `M${scale(ms).toFixed(1)} ${(50 - half).toFixed(1)}V${(50 + half).toFixed(1)}`;
    const isCut = clip.removed.some((cut) => ms >= cut.startMs && ms < cut.endMs);
    if (ms >= clip.startMs && ms < clip.endMs && !isCut) paths.in += line;
    else paths.out += line;
  }
  drawing.append(svg('path', { class: 'out', d: paths.out }), svg('path', { class: 'in', d: paths.in }));
  const head = el('i', { class: 'head', hidden: true });
  const wave = el('div', { class: 'wave' });
  wave.append(drawing, head);
  return wave;
}

/** Moves the line that says where the film is. What was cut out is jumped over. */
export function moveHead(clip: ReviewShownClip, playedMs: number): void {
  const head = document.querySelector<HTMLElement>('.wave .head');
  if (head === null) return;
  let sourceMs = clip.startMs + playedMs;
  for (const cut of clip.removed.toSorted((a, b) => a.startMs - b.startMs)) {
    if (cut.startMs <= sourceMs) sourceMs += cut.endMs - cut.startMs;
  }
  const { levels, startMs, stepMs } = clip.wave;
  const share = (sourceMs - startMs) / Math.max(1, levels.length * stepMs);
  head.hidden = levels.length === 0 || share < 0 || share > 1;
  head.style.left = `${share * 100}%`;
}
