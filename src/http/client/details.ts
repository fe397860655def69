/// <reference lib="dom" />
import type { ReviewShownClip, ReviewWord } from '../../recipes/review-snapshot.ts';
import { clock, el, key, part } from './dom.ts';
import { player } from './stage.ts';
import { state } from './state.ts';
import { drawWave } from './wave.ts';

/** What can be changed about the clip that is shown. */
export type DetailActions = {
  nudge(end: 'start' | 'end', words: number): void;
  restore(index: number): void;
  fix(heard: string, right: string, atMs: number | undefined): void;
};

/** Draws everything that is known of a clip. While a word is being written, nothing moves under the hand. */
export function drawDetails(clip: ReviewShownClip | undefined, actions: DetailActions): void {
  if (clip === undefined || state.isWriting) return;
  const { scrollTop } = part('details');
  part('details').replaceChildren(
    heading(clip),
    ...problems(clip),
    trimming(clip, actions),
    wordsSection(clip, actions),
    reasons(clip),
  );
  part('details').scrollTop = scrollTop;
}

function heading(clip: ReviewShownClip): HTMLElement {
  const seconds = (clip.durationMs / 1000).toFixed(1);
  const where = `${clock(clip.startMs)} to ${clock(clip.endMs)} in the source`;
  return el(
    'header',
    {},
    el('p', { class: 'meta' }, `Clip ${state.index + 1} · ${seconds} s · ${where}`),
    el('h2', { dir: 'auto' }, clip.title),
  );
}

function problems(clip: ReviewShownClip): HTMLElement[] {
  const texts = clip.failedChecks ?? [];
  if (texts.length === 0) return [];
  return [el('div', { class: 'problem', role: 'alert' }, ...texts.map((text) => el('p', {}, text)))];
}

function trimming(clip: ReviewShownClip, actions: DetailActions): HTMLElement {
  const nudge = (end: 'start' | 'end', words: number, keyName: string, label: string) =>
    el(
      'button',
      { type: 'button', 'aria-label': label, title: label, click: () => actions.nudge(end, words) },
      el('span', { 'aria-hidden': 'true' }, words < 0 ? '◂' : '▸'),
      key(keyName),
    );
  return el(
    'section',
    {},
    el('h3', {}, 'Ends'),
    drawWave(clip),
    el(
      'div',
      { class: 'ends' },
      el(
        'div',
        { class: 'end' },
        nudge('start', -1, '[', 'Start a word earlier'),
        el('span', { class: 'time' }, clock(clip.startMs, true)),
        nudge('start', 1, ']', 'Start a word later'),
      ),
      el(
        'div',
        { class: 'end' },
        nudge('end', -1, '{', 'End a word earlier'),
        el('span', { class: 'time' }, clock(clip.endMs, true)),
        nudge('end', 1, '}', 'End a word later'),
      ),
    ),
  );
}

function wordsSection(clip: ReviewShownClip, actions: DetailActions): HTMLElement {
  const words = el('p', { class: 'words', dir: 'auto' });
  const shownCuts = new Set<number>();
  const atCut = (word: ReviewWord) =>
    clip.removed.findIndex((cut) => word.startMs < cut.endMs && word.startMs >= cut.startMs - 60);
  const nextCut = (ms: number) =>
    clip.removed.findIndex((cut, index) => !shownCuts.has(index) && cut.endMs <= ms && cut.text === '');
  const restore = (index: number) => {
    shownCuts.add(index);
    const cut = clip.removed[index];
    const seconds = (((cut?.endMs ?? 0) - (cut?.startMs ?? 0)) / 1000).toFixed(1);
    const what = `Bring back ${seconds} s of ${cut?.kind === 'silence' ? 'silence' : `“${cut?.text || cut?.kind}”`}`;
    return el(
      'button',
      { type: 'button', class: 'cut', title: what, 'aria-label': what, click: () => actions.restore(index) },
      cut === undefined || cut.text === '' ? `${seconds} s` : el('s', {}, cut.text),
      el('span', { 'aria-hidden': 'true' }, '↺'),
    );
  };
  for (const word of clip.words) {
    if (word.place === 'removed') {
      const index = atCut(word);
      if (index >= 0 && !shownCuts.has(index)) words.append(restore(index), ' ');
      continue;
    }
    for (
      let index = nextCut(word.startMs);
      index >= 0 && word.place === 'inside';
      index = nextCut(word.startMs)
    ) {
      words.append(restore(index), ' ');
    }
    words.append(wordButton(word, actions), ' ');
  }
  return el(
    'section',
    {},
    el(
      'div',
      { class: 'row-head' },
      el('h3', {}, 'Words'),
      el('p', { class: 'quiet small' }, 'Click a misheard one to fix it ', key('E')),
    ),
    words,
  );
}

function wordButton(word: ReviewWord, actions: DetailActions): HTMLElement {
  const button = el(
    'button',
    {
      type: 'button',
      class: `word ${word.place}${word.isUncertain ? ' uncertain' : ''}`,
      title: word.isUncertain ? 'Not sure that this was said' : undefined,
      'data-at': word.atMs,
      'data-start': word.startMs,
      click: () => writeWord(button, word, actions),
    },
    word.text,
  );
  return button;
}

/** Lets a word be written anew in its place: Enter takes it, Escape leaves it. */
function writeWord(button: HTMLElement, word: ReviewWord, actions: DetailActions): void {
  if (state.isWriting) return;
  state.isWriting = true;
  player().pause();
  const plain = word.text.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}\p{M}]+$/gu, '') || word.text;
  const input = el('input', {
    type: 'text',
    value: plain,
    maxlength: 200,
    size: Math.max(4, plain.length + 1),
    'aria-label': `What was really said instead of ${plain}`,
    autocomplete: 'off',
    spellcheck: 'true',
  });
  const everywhere = el('input', { type: 'checkbox', checked: word.count > 1 && looksLikeName(plain) });
  const hint = el(
    'span',
    { class: 'hint' },
    word.count > 1
      ? el('label', {}, everywhere, ` in all ${word.count} places`)
      : el('span', {}, 'Empty removes it'),
    el('span', { class: 'quiet' }, key('Enter'), ' fix  ', key('Esc'), ' leave'),
  );
  const form = el('span', { class: 'writing' }, input, hint);
  const leave = () => {
    if (!state.isWriting) return;
    state.isWriting = false;
    form.replaceWith(button);
    button.focus();
  };
  input.addEventListener('input', () => {
    input.size = Math.max(4, input.value.length + 1);
  });
  form.addEventListener('keydown', (event) => {
    event.stopPropagation();
    if (event.key === 'Escape') leave();
    if (event.key !== 'Enter') return;
    event.preventDefault();
    const right = input.value.trim();
    leave();
    if (right !== plain) {
      const isAll = word.count > 1 && everywhere.checked;
      actions.fix(plain, right, isAll ? undefined : word.startMs);
    }
  });
  form.addEventListener('focusout', (event) => {
    if (!(event.relatedTarget instanceof Node) || !form.contains(event.relatedTarget)) leave();
  });
  button.replaceWith(form);
  input.focus();
  input.select();
}

/** A word that recognition gets wrong everywhere is mostly a name. */
function looksLikeName(text: string): boolean {
  return /^\p{Lu}/u.test(text) || text.length > 7;
}

/** Begins to write the word that is being spoken, or the first one. */
export function writeSpokenWord(): void {
  const atMs = player().currentTime * 1000;
  const said = [...document.querySelectorAll<HTMLElement>('.word.inside[data-at]')];
  const now = said.findLast((word) => Number(word.dataset['at']) <= atMs + 40) ?? said[0];
  now?.click();
}

/** Marks the word that is being spoken. */
export function markSpoken(): void {
  const atMs = player().currentTime * 1000;
  let spoken: Element | undefined;
  for (const word of document.querySelectorAll<HTMLElement>('.word.inside[data-at]')) {
    word.classList.remove('spoken');
    if (Number(word.dataset['at']) <= atMs + 40) spoken = word;
  }
  if (!player().paused || atMs > 0) spoken?.classList.add('spoken');
}

function reasons(clip: ReviewShownClip): HTMLElement {
  const strongest = clip.reasons
    .filter((reason) => Math.abs(reason.contribution) >= 0.005)
    .toSorted((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
    .slice(0, 6);
  const points = (share: number) => `${share > 0 ? '+' : '−'}${Math.abs(Math.round(share * 100))}`;
  return el(
    'section',
    {},
    el(
      'div',
      { class: 'row-head' },
      el('h3', {}, 'Why this moment'),
      el('p', { class: 'score' }, el('b', {}, String(Math.round(clip.score * 100))), ' of 100'),
    ),
    el(
      'ul',
      { class: 'reasons' },
      ...strongest.map((reason) =>
        el(
          'li',
          { class: reason.contribution < 0 ? 'minus' : 'plus' },
          el('span', { class: 'points' }, points(reason.contribution)),
          el('span', { dir: 'auto' }, reason.text),
        ),
      ),
    ),
  );
}
