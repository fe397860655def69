/// <reference lib="dom" />
import type { Wish } from '../../recipes/decide.ts';
import type { ReviewMessage, ReviewSnapshot } from '../../recipes/review-snapshot.ts';
import { ApiError, listen, openSession, readSnapshot, sendFocus, sendRender, sendWish } from './api.ts';
import { drawDetails, markSpoken, writeSpokenWord, type DetailActions } from './details.ts';
import { el, part } from './dom.ts';
import { drawHelp, drawList, drawShare, drawTop, type ListActions } from './list.ts';
import { drawActions, drawStage, drawVeil, play, player, type ClipActions } from './stage.ts';
import { currentClip, findPlace, rememberPlace, state } from './state.ts';
import { moveHead } from './wave.ts';

let toastTimer: ReturnType<typeof setTimeout> | undefined;
/** Wishes go one after the other, as they were pressed. */
let asking: Promise<unknown> = Promise.resolve();
let seenNotes = 0;

function say(text: string, kind: 'plain' | 'bad' = 'plain'): void {
  const toast = part('toast');
  toast.textContent = text;
  toast.className = `toast shown ${kind}`;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => toast.classList.remove('shown'), kind === 'bad' ? 7000 : 2600);
}

function show(snapshot: ReviewSnapshot): void {
  const isFirst = state.snapshot === undefined;
  state.snapshot = snapshot;
  if (isFirst) state.index = findPlace(snapshot);
  state.index = Math.min(state.index, Math.max(0, snapshot.clips.length - 1));
  const clip = currentClip();
  document.title = `${snapshot.source.name}: review`;
  drawTop(snapshot, listActions);
  drawList(snapshot, listActions);
  drawStage(clip);
  drawActions(clip, clipActions);
  drawDetails(clip, detailActions);
  if (clip === undefined) showEmpty();
  rememberPlace();
  const note = snapshot.notes.at(-1);
  if (note !== undefined && snapshot.notes.length > seenNotes) say(note);
  seenNotes = snapshot.notes.length;
  if (isFirst && clip !== undefined) sendFocus(clip.name);
}

function showEmpty(): void {
  part('stage').replaceChildren();
  part('details').replaceChildren(
    el('h2', {}, 'There are no clips here'),
    el(
      'p',
      { class: 'quiet' },
      'Cut one by its times: pivot pin <folder> --at 12:30-13:05, then look again.',
    ),
  );
}

function showError(error: unknown): void {
  if (error instanceof ApiError && error.status === 401)
    return showEnded('This page belongs to a review that has ended.');
  if (error instanceof ApiError && error.status === 0) return showEnded(error.message);
  say(error instanceof Error ? error.message : String(error), 'bad');
}

function showEnded(why: string): void {
  player().pause();
  document.body.classList.add('ended');
  const work = el(
    'div',
    { class: 'empty' },
    el('h2', {}, why),
    el(
      'p',
      { class: 'quiet' },
      'What you decided is kept. Run pivot review again and open the address that it prints.',
    ),
  );
  part('work').replaceChildren(work);
  part('actions').replaceChildren();
}

function ask(wish: Wish, said: string, after?: () => void): void {
  asking = asking
    .then(() => sendWish(wish))
    .then((snapshot) => {
      show(snapshot);
      if (said !== '') say(said);
      after?.();
    })
    .catch(showError);
}

function select(index: number, isPlaying = !player().paused): void {
  const { snapshot } = state;
  if (snapshot === undefined || index < 0 || index >= snapshot.clips.length || index === state.index) return;
  player().pause();
  state.index = index;
  const clip = currentClip();
  if (clip !== undefined) sendFocus(clip.name);
  show(snapshot);
  part('details').scrollTop = 0;
  if (isPlaying) play();
}

/** Shows the clip that something was about. */
function selectByName(name: string | undefined): void {
  const index = state.snapshot?.clips.findIndex((clip) => clip.name === name) ?? -1;
  if (index >= 0) select(index);
}

/** Goes to the next clip that nothing was said about; stays where all are decided. */
function goOn(): void {
  const clips = state.snapshot?.clips ?? [];
  const order = [...clips.keys()].map((step) => (state.index + 1 + step) % clips.length);
  const next = order.find((index) => clips[index]?.verdict === 'open');
  if (next !== undefined) select(next);
}

const clipActions: ClipActions = {
  keep() {
    const clip = currentClip();
    if (clip !== undefined) ask({ kind: 'keep', clip: clip.name }, `Clip ${state.index + 1} is kept.`, goOn);
  },
  reject() {
    const clip = currentClip();
    if (clip !== undefined)
      ask({ kind: 'reject', clip: clip.name }, `Clip ${state.index + 1} is rejected.`, goOn);
  },
  replace() {
    const clip = currentClip();
    if (clip !== undefined) ask({ kind: 'replace', clip: clip.name }, 'Another moment instead.');
  },
};

const listActions: ListActions = {
  select: (index) => select(index),
  undo() {
    const what = state.snapshot?.undo;
    if (what === undefined) say('There is nothing to take back.');
    else ask({ kind: 'undo' }, `Taken back: ${what.text}.`, () => selectByName(what.clip));
  },
  render() {
    const { rendering, clips } = state.snapshot ?? {};
    if (rendering === undefined || clips === undefined) return;
    const waiting = clips.filter((clip) => clip.verdict === 'kept' && !clip.isRendered).length;
    if (!rendering.isRunning && waiting === 0) {
      return say(
        clips.some((clip) => clip.verdict === 'kept')
          ? 'All kept clips are rendered.'
          : 'Keep a clip first: F.',
      );
    }
    sendRender(!rendering.isRunning).catch(showError);
  },
  toggleHelp() {
    part('help').hidden = !part('help').hidden;
  },
};

const detailActions: DetailActions = {
  nudge(end, words) {
    const clip = currentClip();
    if (clip === undefined) return;
    const shift = { words };
    ask({ kind: 'trim', clip: clip.name, ...(end === 'start' ? { start: shift } : { end: shift }) }, '');
  },
  restore(index) {
    const clip = currentClip();
    if (clip !== undefined) ask({ kind: 'restore', clip: clip.name, index }, 'The cut is taken back.');
  },
  fix(heard, right, atMs) {
    const what = right === '' ? `“${heard}” is removed.` : `“${right}”, in captions, titles and subtitles.`;
    ask({ kind: 'fix', heard, right, ...(atMs === undefined ? {} : { atMs }) }, what);
  },
};

const commands: Readonly<Record<string, () => void>> = {
  j: () => select(state.index + 1),
  ArrowDown: () => select(state.index + 1),
  ArrowRight: () => select(state.index + 1),
  k: () => select(state.index - 1),
  ArrowUp: () => select(state.index - 1),
  ArrowLeft: () => select(state.index - 1),
  ' ': () => (player().paused ? play() : player().pause()),
  f: clipActions.keep,
  x: clipActions.reject,
  a: clipActions.replace,
  '[': () => detailActions.nudge('start', -1),
  ']': () => detailActions.nudge('start', 1),
  '{': () => detailActions.nudge('end', -1),
  '}': () => detailActions.nudge('end', 1),
  e: writeSpokenWord,
  r: listActions.render,
  u: listActions.undo,
  '?': listActions.toggleHelp,
  Escape: () => {
    part('help').hidden = true;
  },
};

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.isComposing) return;
  // AltGr writes brackets on many keyboards.
  if (event.altKey && !event.getModifierState('AltGraph') && !'[]{}'.includes(event.key)) return;
  const run = commands[event.key] ?? commands[event.key.toLowerCase()];
  if (run === undefined || event.target instanceof HTMLInputElement) return;
  if (event.repeat && 'fxaru'.includes(event.key.toLowerCase())) return;
  event.preventDefault();
  run();
});

// A clicked button would take the next space for a click.
document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest('button') : null;
  if (button !== null && event.detail > 0 && !state.isWriting) button.blur();
});

let refreshing: Promise<void> | undefined;
let isStale = false;

/** Reads everything again; many changes at once are one reading. */
function refresh(): void {
  isStale = true;
  refreshing ??= (async () => {
    while (isStale) {
      isStale = false;
      await asking;
      show(await readSnapshot());
    }
  })()
    .catch(showError)
    .finally(() => {
      refreshing = undefined;
    });
}

function hear(message: ReviewMessage): void {
  if (message.kind === 'ended') return showEnded('pivot review has ended.');
  if (message.kind === 'changed') {
    state.progress.clear();
    return refresh();
  }
  state.progress.set(message.clip, { step: message.step, share: message.share });
  const clip = currentClip();
  if (clip !== undefined && clip.name === message.clip) drawVeil(clip);
  drawShare();
}

player().addEventListener('timeupdate', () => {
  const clip = currentClip();
  if (clip === undefined) return;
  markSpoken();
  moveHead(clip, player().currentTime * 1000);
});

drawHelp();
try {
  await openSession();
  show(await readSnapshot());
  // Where the server has gone, reading says so.
  listen(hear, refresh);
} catch (error) {
  showError(error);
}
