import { frameToMs, type Rational } from '../../domain/time.ts';
import type { Clip, Cue, CueWord, Timeline } from '../../domain/timeline.ts';
import { countOf, type Dropped } from './dropped.ts';
import { frames } from './otio-clips.ts';
import { framesOfCue } from './otio.ts';
import type { OtioMarker } from './otio-document.ts';
import { cueMetadataSchema, ownMetadata, type OtioOrigin } from './otio-origin.ts';
import { textOfWords, toOneLine } from './track-items.ts';

/** The captions of an edited timeline: what an editor did to their markers, and then to the clips that they were said in. */

/** Takes over what was done to the markers: another text, another place, removed. Without any marker all cues stay. */
export function applyMarkers(
  cues: readonly Cue[],
  markers: readonly OtioMarker[],
  rate: Rational,
): { cues: Cue[]; isMoved: ReadonlySet<Cue> } {
  const byCue = new Map<number, OtioMarker>();
  for (const marker of markers) {
    const index = ownMetadata(marker, cueMetadataSchema)?.cue;
    if (index !== undefined && !byCue.has(index)) byCue.set(index, marker);
  }
  if (byCue.size === 0) return { cues: [...cues], isMoved: new Set() };
  const isMoved = new Set<Cue>();
  const kept = cues.flatMap((cue, index) => {
    const marker = byCue.get(index);
    if (marker === undefined) return [];
    const retold = retellCue(cue, toOneLine(marker.name ?? ''));
    const was = framesOfCue(cue, rate);
    const range = marker.marked_range;
    if (range == null) return [retold];
    const startFrame = Math.round(frames(range.start_time, rate));
    if (startFrame === was.startFrame || startFrame < 0) return [retold];
    const placed = shiftCue(retold, frameToMs(startFrame, rate) - frameToMs(was.startFrame, rate));
    isMoved.add(placed);
    return [placed];
  });
  return { cues: kept, isMoved };
}

/** A cue with another text: word by word where it has as many, else the words share the cue's time by their letters. */
function retellCue(cue: Cue, text: string): Cue {
  if (text === '' || text === textOfWords(cue.words)) return cue;
  const texts = text.split(' ').map((word) => word.slice(0, 200));
  const [first, last] = [cue.words[0], cue.words.at(-1)];
  if (first === undefined || last === undefined) return cue;
  if (texts.length === cue.words.length) {
    return { ...cue, words: cue.words.map((word, index) => ({ ...word, text: texts[index] ?? word.text })) };
  }
  const total = texts.reduce((sum, word) => sum + word.length + 1, 0);
  const spread = (from: number, to: number, share: number) => Math.round(from + (to - from) * share);
  let letters = 0;
  const words = texts.map((word): CueWord => {
    const from = letters / total;
    letters += word.length + 1;
    const to = letters / total;
    return {
      text: word,
      startMs: spread(first.startMs, last.endMs, from),
      endMs: spread(first.startMs, last.endMs, to),
      sourceStartMs: spread(first.sourceStartMs, last.sourceEndMs, from),
      sourceEndMs: spread(first.sourceStartMs, last.sourceEndMs, to),
      assetId: first.assetId,
    };
  });
  return { ...cue, words };
}

function shiftCue(cue: Cue, byMs: number): Cue {
  const shift = (ms: number) => Math.max(0, ms + byMs);
  return {
    startMs: shift(cue.startMs),
    endMs: shift(cue.endMs),
    words: cue.words.map((word) => ({ ...word, startMs: shift(word.startMs), endMs: shift(word.endMs) })),
  };
}

type Moved = { readonly word: CueWord; readonly cue: Cue; readonly shiftMs: number };

/**
 * Moves words with the clips that they were said in: they go where their clip went, as often as it is there, and disappear
 * with what was cut off.
 */
export function followClips(
  cues: readonly Cue[],
  timeline: Pick<Timeline, 'tracks' | 'frameRate' | 'durationFrames'>,
  origin: OtioOrigin,
  originOf: ReadonlyMap<Clip, Clip>,
  dropped: Dropped,
): Cue[] {
  const heirs = new Map<string, Clip[]>();
  for (const track of timeline.tracks) {
    for (const clip of track.clips) {
      const before = originOf.get(clip);
      if (before !== undefined) heirs.set(before.id, [...(heirs.get(before.id) ?? []), clip]);
    }
  }
  const rate = timeline.frameRate;
  const moved = cues.flatMap((cue) =>
    cue.words.flatMap((word): Moved[] => {
      const spokenIn = findSpoken(word, origin, rate);
      if (spokenIn === undefined) return [{ word, cue, shiftMs: 0 }];
      const homes = heirs.get(spokenIn.id) ?? [];
      const at = homes.filter((clip) => isHeardIn(word, clip, rate));
      if (at.length === 0) {
        dropped.add('words', (count) => `${countOf(count, 'captioned word')} that the edit cut off`);
      }
      return at.map((clip) => moveWord(word, cue, spokenIn, clip, rate));
    }),
  );
  return gather(moved, frameToMs(timeline.durationFrames, rate));
}

/** The clip that a word was said in: of the sound where it is heard, else of the picture. */
function findSpoken(word: CueWord, origin: OtioOrigin, rate: Rational): Clip | undefined {
  const middleMs = (word.startMs + word.endMs) / 2;
  const candidates = [...origin.clips.values()].filter(
    ({ clip }) =>
      clip.assetId === word.assetId &&
      frameToMs(clip.startFrame, rate) <= middleMs + 1 &&
      frameToMs(clip.startFrame + clip.durationFrames, rate) >= middleMs - 1,
  );
  return (candidates.find(({ kind }) => kind === 'audio') ?? candidates[0])?.clip;
}

function sourceMs(clip: Clip, rate: Rational): { startMs: number; speed: number } {
  return { startMs: frameToMs(clip.sourceStartFrame, rate), speed: clip.speed.num / clip.speed.den };
}

function isHeardIn(word: CueWord, clip: Clip, rate: Rational): boolean {
  const { startMs, speed } = sourceMs(clip, rate);
  const endMs = startMs + frameToMs(clip.durationFrames, rate) * speed;
  const middleMs = (word.sourceStartMs + word.sourceEndMs) / 2;
  return middleMs >= startMs - 1 && middleMs <= endMs + 1;
}

function moveWord(word: CueWord, cue: Cue, before: Clip, after: Clip, rate: Rational): Moved {
  const [was, is] = [sourceMs(before, rate), sourceMs(after, rate)];
  const [wasAtMs, isAtMs] = [frameToMs(before.startFrame, rate), frameToMs(after.startFrame, rate)];
  const endMs = frameToMs(after.startFrame + after.durationFrames, rate);
  const place = (ms: number) => {
    const inSource = was.startMs + (ms - wasAtMs) * was.speed;
    return Math.round(Math.min(endMs, Math.max(isAtMs, isAtMs + (inSource - is.startMs) / is.speed)));
  };
  const startMs = place(word.startMs);
  return { word: { ...word, startMs, endMs: place(word.endMs) }, cue, shiftMs: startMs - word.startMs };
}

/** Words in their new order, gathered into cues as before, where neighbours stayed neighbours. */
function gather(moved: readonly Moved[], endMs: number): Cue[] {
  const ordered = moved.toSorted((a, b) => a.word.startMs - b.word.startMs);
  const groups: Moved[][] = [];
  for (const one of ordered) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    const isNeighbour =
      last !== undefined && last.cue === one.cue && Math.abs(last.shiftMs - one.shiftMs) < 500;
    if (isNeighbour) group?.push(one);
    else groups.push([one]);
  }
  const cues: Cue[] = [];
  for (const [index, group] of groups.entries()) {
    const [first, last] = [group[0], group.at(-1)];
    if (first === undefined || last === undefined) continue;
    const words = group.map((one) => one.word);
    const nextMs = groups[index + 1]?.[0]?.word.startMs ?? endMs;
    // As early and as long on screen as before, as far as the neighbours leave room.
    const hasFirst = first.cue.words[0]?.sourceStartMs === first.word.sourceStartMs;
    const hasLast = last.cue.words.at(-1)?.sourceEndMs === last.word.sourceEndMs;
    const lastWordMs = Math.max(...words.map((word) => word.endMs));
    const wantedStartMs = hasFirst ? first.cue.startMs + first.shiftMs : first.word.startMs;
    const wantedEndMs = hasLast ? Math.max(lastWordMs, last.cue.endMs + last.shiftMs) : lastWordMs;
    const startMs = Math.max(cues.at(-1)?.endMs ?? 0, Math.min(wantedStartMs, first.word.startMs));
    const cueEndMs = Math.min(endMs, nextMs, wantedEndMs);
    if (cueEndMs <= startMs) continue;
    cues.push({
      startMs,
      endMs: cueEndMs,
      words: clampWords(words, startMs, cueEndMs),
    });
  }
  return cues;
}

/** Words that lie inside a cue. */
export function clampWords(words: readonly CueWord[], startMs: number, endMs: number): CueWord[] {
  const clamp = (ms: number) => Math.min(endMs, Math.max(startMs, ms));
  return words.map((word) => ({ ...word, startMs: clamp(word.startMs), endMs: clamp(word.endMs) }));
}
