/// <reference lib="dom" />
import type { ReviewShownClip } from '../../recipes/review-snapshot.ts';
import { el, keyButton, part } from './dom.ts';
import { state } from './state.ts';

const video = el('video', { playsinline: true, controls: true, preload: 'auto' });
const veil = el('div', { class: 'veil' });
const frame = el('div', { class: 'frame' }, video, veil);
let shownUrl = '';
let shownName = '';

/** The film that is shown. */
export function player(): HTMLVideoElement {
  return video;
}

/** Shows a clip's film, or how far it is. A film that was changed goes on where the one before was. */
export function drawStage(clip: ReviewShownClip | undefined): void {
  const stage = part('stage');
  if (frame.parentElement !== stage) stage.replaceChildren(frame);
  if (clip === undefined) return;
  const { film } = clip;
  const isSame = clip.name === shownName;
  if (film.status === 'ready' && film.url !== shownUrl) {
    const atSeconds = isSame ? video.currentTime : 0;
    const wasPlaying = isSame && !video.paused;
    video.src = film.url;
    shownUrl = film.url;
    if (atSeconds > 0) video.currentTime = atSeconds;
    if (wasPlaying) play();
  } else if (film.status !== 'ready' && !isSame) {
    video.removeAttribute('src');
    video.load();
    shownUrl = '';
  }
  if (clip.coverUrl === undefined) video.removeAttribute('poster');
  else if (!video.poster.endsWith(clip.coverUrl)) video.poster = clip.coverUrl;
  video.setAttribute('aria-label', `Clip ${state.index + 1}: ${clip.title}`);
  shownName = clip.name;
  frame.classList.toggle('rejected', clip.verdict === 'rejected');
  drawVeil(clip);
}

/** What lies over a film that is not there yet: how far it is. */
export function drawVeil(clip: ReviewShownClip): void {
  const { film } = clip;
  const hasOld = shownUrl !== '' && video.getAttribute('src') !== null;
  frame.dataset['film'] = film.status === 'ready' ? 'ready' : hasOld ? 'old' : film.status;
  if (film.status === 'ready') return veil.replaceChildren();
  if (film.status === 'failed') {
    return veil.replaceChildren(
      el('p', {}, 'There is no preview.'),
      el('p', { class: 'small' }, film.problem),
    );
  }
  const share = state.progress.get(clip.name)?.share;
  const bar = el('span', { class: share === undefined ? 'bar waits' : 'bar' }, el('i'));
  if (share !== undefined) bar.style.setProperty('--share', String(share));
  const words = hasOld ? 'The preview is being made anew' : 'The preview is being made';
  veil.replaceChildren(
    el('p', {}, share === undefined ? words : `${words}: ${Math.round(share * 100)} %`),
    bar,
  );
}

/** Plays; a browser that wants a click first is let be. */
export function play(): void {
  video.play().catch(() => {});
}

/** What can be done with the clip that is shown. */
export type ClipActions = { keep(): void; reject(): void; replace(): void };

/** Draws the three answers to a clip. */
export function drawActions(clip: ReviewShownClip | undefined, actions: ClipActions): void {
  if (clip === undefined) return part('actions').replaceChildren();
  const is = (verdict: string) => (clip.verdict === verdict ? 'true' : 'false');
  part('actions').replaceChildren(
    keyButton('Reject', 'X', { class: 'reject', 'aria-pressed': is('rejected'), click: actions.reject }),
    keyButton('Another one', 'A', { class: 'other', click: actions.replace }),
    keyButton('Keep', 'F', { class: 'keep', 'aria-pressed': is('kept'), click: actions.keep }),
  );
}
