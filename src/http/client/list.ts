/// <reference lib="dom" />
import type { ReviewShownClip, ReviewSnapshot } from '../../recipes/review-snapshot.ts';
import { clock, el, key, keyButton, part } from './dom.ts';
import { state } from './state.ts';

/** What can be done from the head and the list of the page. */
export type ListActions = {
  select(index: number): void;
  undo(): void;
  render(): void;
  toggleHelp(): void;
};

/** Draws the head: what is reviewed, how far it is, and what can be done with all of it. */
export function drawTop(snapshot: ReviewSnapshot, actions: ListActions): void {
  const { clips, rendering } = snapshot;
  const kept = clips.filter((clip) => clip.verdict === 'kept');
  const waiting = kept.filter((clip) => !clip.isRendered).length;
  const isDone = kept.length > 0 && waiting === 0;
  const label = rendering.isRunning
    ? `Stop rendering (${rendering.done} of ${rendering.total})`
    : isDone
      ? 'All kept are rendered'
      : waiting === 0
        ? 'Render kept'
        : `Render ${waiting} kept`;
  const render = keyButton(label, 'R', {
    class: rendering.isRunning ? 'render' : 'render primary',
    disabled: !rendering.isRunning && waiting === 0,
    click: actions.render,
  });
  const sum = el('p', { class: 'sum' }, describeProgress(clips));
  const top = part('top');
  top.replaceChildren(
    el('h1', { dir: 'auto' }, snapshot.source.name),
    sum,
    el(
      'div',
      { class: 'tools' },
      keyButton('Undo', 'U', {
        class: 'ghost',
        disabled: snapshot.undo === undefined,
        title: snapshot.undo === undefined ? 'Nothing to take back' : `Take back: ${snapshot.undo.text}`,
        click: actions.undo,
      }),
      keyButton('Keys', '?', { class: 'ghost help-button', click: actions.toggleHelp }),
      render,
    ),
  );
  top.classList.toggle('busy', rendering.isRunning);
  drawShare();
}

/** How far the rendering of all kept clips is, as a line below the head. */
export function drawShare(): void {
  const rendering = state.snapshot?.rendering;
  const top = part('top');
  if (rendering?.isRunning !== true || rendering.total === 0) {
    top.style.removeProperty('--share');
    return;
  }
  const now = [...state.progress.values()].find(({ step }) => step === 'render')?.share ?? 0;
  top.style.setProperty('--share', String((rendering.done + now * 0.9) / rendering.total));
}

function describeProgress(clips: readonly ReviewShownClip[]): string {
  const count = (verdict: string) => clips.filter((clip) => clip.verdict === verdict).length;
  const parts = [
    `${clips.length} ${clips.length === 1 ? 'clip' : 'clips'}`,
    count('kept') > 0 ? `${count('kept')} kept` : '',
    count('rejected') > 0 ? `${count('rejected')} rejected` : '',
    count('open') > 0 ? `${count('open')} to decide` : 'all decided',
  ];
  return parts.filter((text) => text !== '').join(' · ');
}

const marks = { kept: '✓', rejected: '✕', open: '' } as const;

/** Draws the list of clips; the element of a clip stays, so that it does not flicker. */
export function drawList(snapshot: ReviewSnapshot, actions: ListActions): void {
  const list = part('list');
  const items = snapshot.clips.map((clip, index) => {
    const thumb = el(
      'span',
      { class: 'thumb' },
      clip.coverUrl === undefined ? undefined : el('img', { src: clip.coverUrl, alt: '' }),
      marks[clip.verdict] === ''
        ? undefined
        : el('i', { class: `mark ${clip.verdict}` }, marks[clip.verdict]),
    );
    return el(
      'li',
      {},
      el(
        'button',
        {
          type: 'button',
          class: `row ${clip.verdict}`,
          'aria-current': index === state.index ? 'true' : undefined,
          click: () => actions.select(index),
        },
        thumb,
        el(
          'span',
          { class: 'about' },
          el('b', { dir: 'auto' }, `${index + 1}. ${clip.title}`),
          el('small', {}, `${clock(clip.startMs)} · ${Math.round(clip.durationMs / 1000)} s`),
          el('small', { class: `state ${clip.verdict}` }, describeState(clip)),
        ),
      ),
    );
  });
  const { scrollLeft } = list;
  list.replaceChildren(el('ol', {}, ...items));
  list.scrollLeft = scrollLeft;
  const chosen = list.querySelector<HTMLElement>('[aria-current]');
  if (chosen !== null) reveal(list, chosen);
}

/** Scrolls a list, and nothing around it, until an item is in view. */
function reveal(list: HTMLElement, item: HTMLElement): void {
  const [outer, inner] = [list.getBoundingClientRect(), item.getBoundingClientRect()];
  if (inner.left < outer.left) list.scrollLeft -= outer.left - inner.left + 8;
  if (inner.right > outer.right) list.scrollLeft += inner.right - outer.right + 8;
  if (inner.top < outer.top) list.scrollTop -= outer.top - inner.top + 8;
  if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom + 8;
}

function describeState(clip: ReviewShownClip): string {
  if (clip.verdict === 'rejected') return 'rejected';
  const decided = clip.verdict === 'kept' ? (clip.isPinned ? 'pinned' : 'kept') : 'to decide';
  if (clip.isRendered) {
    const failed = clip.failedChecks?.length ?? 0;
    return failed > 0 ? `${decided} · check failed` : `${decided} · rendered`;
  }
  return clip.isEdited ? `${decided} · changed` : decided;
}

/** Which key does what, for whoever asks. */
const keys: readonly (readonly [string, string])[] = [
  ['J K', 'next, previous clip (arrows too)'],
  ['Space', 'play or pause'],
  ['F', 'keep'],
  ['X', 'reject'],
  ['A', 'another moment instead'],
  ['[ ]', 'start a word earlier, later'],
  ['{ }', 'end a word earlier, later'],
  ['E', 'fix the word being spoken'],
  ['R', 'render what is kept, or stop'],
  ['U', 'undo'],
  ['?', 'this list'],
];

/** Draws the list of keys. */
export function drawHelp(): void {
  const rows = keys.flatMap(([names, what]) => [
    el('dt', {}, ...names.split(' ').map(key)),
    el('dd', {}, what),
  ]);
  part('help').replaceChildren(el('h2', {}, 'Keys'), el('dl', {}, ...rows));
}
