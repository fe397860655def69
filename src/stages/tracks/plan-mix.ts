import { pitchClasses, type MusicKey, type MusicMeasures } from '../../domain/music.ts';
import type { TimeRange } from '../../domain/time.ts';
import { soundSampleRateHz } from '../../media/render-graph.ts';
import { createDice, type Dice } from '../compose/dice.ts';
import { clearestBeat, foldTempo, leastBeat } from './brief.ts';

/** A recording that may be heard in a mix. */
export type MixSource = {
  readonly measures: MusicMeasures;
  readonly durationMs: number;
  /** What is said in it, sentence by sentence, sorted: where there is no beat it is cut at their bounds. */
  readonly sentences: readonly TimeRange[];
};

/** A stretch of a recording in a mix. */
export type MixPiece = {
  /** Which recording, by its place. */
  readonly source: number;
  /** What is listened to, or what lies under it. */
  readonly layer: 'lead' | 'bed';
  readonly fromMs: number;
  readonly sourceMs: number;
  /** Where it stands in the mix, in samples of 48 kHz. */
  readonly startSample: number;
  readonly samples: number;
  /** Source seconds a second. */
  readonly speed: number;
  readonly semitones: number;
  readonly fadeInSamples: number;
  readonly fadeOutSamples: number;
  /** Against the lead, in dB, once both are equally loud. */
  readonly gainDb: number;
};

/** A mix on the grid of one tempo. */
export type MixPlan = {
  readonly tempoBpm: number;
  readonly key: MusicKey;
  readonly durationMs: number;
  readonly pieces: readonly MixPiece[];
};

/** Phrases are of 4 bars of 4 beats, or of fewer where that is longer than this (in ms), or not every recording would lead once. */
const beatsPerBar = 4;
const barsPerPhrase = [4, 2, 1];
const longestPhraseMs = 10_000;

/** Of two keys that fit, the one a fifth away is only taken where it spares this many semitones. */
const fifthCosts = 2;

/** What lies under words, and what lies under music, in dB. */
const bedUnderWordsDb = -14;
const bedUnderMusicDb = -6;

/** How long words come and go, in ms. */
const wordFadeMs = 120;

/** Where nothing has a beat, one waits so long after another, in ms. */
const breathMs = 250;

/**
 * Plans one track out of recordings: phrase by phrase another one leads, on the beat, in one tempo and one key, and from the second phrase on
 * another with a beat lies under it. What has no beat (speech) keeps its pitch and its speed and is cut between sentences; two of those never
 * sound at once. The same seed gives the same plan.
 */
export function planMix(
  sources: readonly MixSource[],
  wish: { readonly durationMs: number; readonly seed: number },
): MixPlan {
  const dice = createDice(wish.seed, 'mix');
  const { durationMs } = wish;
  const guide = chooseGuide(sources).measures;
  const tempoBpm = foldTempo(guide.tempoBpm);
  const barMs = (beatsPerBar * 60_000) / tempoBpm;
  const longestMs = Math.min(longestPhraseMs, durationMs / sources.length);
  const phraseMs = (barsPerPhrase.find((bars) => bars * barMs <= longestMs) ?? 1) * barMs;
  const voices = sources.map((source, index) => new Voice(source, index, tempoBpm, guide.key, dice));
  const order = shuffle(voices, dice);
  const isOnGrid = voices.some(({ hasBeat }) => hasBeat);
  const pieces: MixPiece[] = [];
  let hasBed = false;
  for (let startMs = 0, phrase = 0; startMs < durationMs; phrase++) {
    const lead = order[phrase % order.length]!;
    const bed = phrase === 0 ? undefined : order.find((voice) => voice !== lead && voice.hasBeat);
    // What would be left over, and is hardly a bar, belongs to this phrase.
    const isLast = startMs + phraseMs + barMs > durationMs;
    const place = {
      startMs,
      endMs: isLast ? durationMs : startMs + phraseMs,
      // A beat, half of it on either side of the bar line.
      overlapMs: barMs / beatsPerBar,
      isFirst: phrase === 0,
      isLast,
      barMs,
    };
    const piece = lead.play('lead', place, 0);
    pieces.push(piece);
    if (bed !== undefined) {
      pieces.push(
        bed.play('bed', { ...place, isFirst: !hasBed }, lead.hasBeat ? bedUnderMusicDb : bedUnderWordsDb),
      );
      hasBed = true;
    }
    const spokenUntilMs = ((piece.startSample + piece.samples) * 1000) / soundSampleRateHz;
    startMs = isOnGrid || isLast ? place.endMs : Math.max(startMs + 500, spokenUntilMs + breathMs);
  }
  return { tempoBpm, key: guide.key, durationMs, pieces };
}

/** The recording whose tempo the others need change least for; where none has a beat, the one that comes nearest to having one. */
function chooseGuide(sources: readonly MixSource[]): MixSource {
  const clear = sources.filter(({ measures }) => measures.tempoConfidence >= leastBeat);
  const changeFor = (guide: MixSource) =>
    Math.max(
      ...clear.map(({ measures }) => Math.abs(Math.log(speedTo(measures.tempoBpm, guide.measures.tempoBpm)))),
    );
  const [best] = clear
    .map((guide) => ({ guide, change: changeFor(guide) }))
    .toSorted((a, b) => a.change - b.change);
  return best?.guide ?? sources[clearestBeat(sources.map(({ measures }) => measures))]!;
}

/** Where a piece stands: on bar lines, with what it shares with its neighbours. In ms. */
type Place = {
  readonly startMs: number;
  readonly endMs: number;
  readonly overlapMs: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly barMs: number;
};

/** One recording in a mix: what of it was heard already, and what is done to it. */
class Voice {
  readonly hasBeat: boolean;
  readonly #source: MixSource;
  readonly #index: number;
  readonly #speed: number;
  readonly #semitones: number;
  readonly #dice: Dice;
  readonly #heard: TimeRange[] = [];

  constructor(source: MixSource, index: number, tempoBpm: number, key: MusicKey, dice: Dice) {
    const { measures } = source;
    this.hasBeat = measures.tempoConfidence >= leastBeat && measures.beatsMs.length >= 2 * beatsPerBar;
    this.#source = source;
    this.#index = index;
    this.#speed = this.hasBeat ? speedTo(measures.tempoBpm, tempoBpm) : 1;
    this.#semitones = this.hasBeat ? semitonesTo(measures.key, key) : 0;
    this.#dice = dice.branch(`voice ${index}`);
  }

  play(layer: MixPiece['layer'], place: Place, gainDb: number): MixPiece {
    return this.hasBeat ? this.#playBeats(layer, place, gainDb) : this.#playWords(layer, place, gainDb);
  }

  /** From a beat that begins a bar on, so that its first beat lies on the bar line. */
  #playBeats(layer: MixPiece['layer'], place: Place, gainDb: number): MixPiece {
    const { durationMs } = this.#source;
    const speed = this.#speed;
    const head = place.isFirst ? 0 : place.overlapMs / 2;
    const tail = place.isLast ? 0 : place.overlapMs / 2;
    const wantedMs = (place.endMs - place.startMs + tail) * speed;
    const starts = this.#source.measures.beatsMs.filter(
      (beat, at) => at % beatsPerBar === 0 && beat - head * speed >= 0 && beat + wantedMs <= durationMs,
    );
    const beat = this.#choose(starts.length > 0 ? starts : [head * speed], wantedMs);
    const fromMs = Math.max(0, beat - head * speed);
    const lengthMs = Math.min((place.endMs - place.startMs + head + tail) * speed, durationMs - fromMs);
    this.#heard.push({ startMs: fromMs, endMs: fromMs + lengthMs });
    const startMs = place.startMs - head;
    return {
      ...this.#piece(layer, gainDb, fromMs, lengthMs, startMs),
      fadeInSamples: toSamples(2 * head),
      fadeOutSamples: place.isLast ? toSamples(place.barMs) : toSamples(2 * tail),
    };
  }

  /** From the beginning of a sentence to the end of the last that fits. */
  #playWords(layer: MixPiece['layer'], place: Place, gainDb: number): MixPiece {
    const { sentences, durationMs } = this.#source;
    const roomMs = place.endMs - place.startMs;
    const starts = sentences.map(({ startMs }) => startMs).filter((startMs) => startMs + 1000 < durationMs);
    const fitting = sentences
      .filter(({ startMs, endMs }) => endMs - startMs <= roomMs)
      .map(({ startMs }) => startMs);
    const fromMs = this.#choose(fitting.length > 0 ? fitting : starts.length > 0 ? starts : [0], roomMs);
    const untilMs = Math.min(durationMs, fromMs + roomMs);
    const spoken = sentences.findLast(({ startMs, endMs }) => startMs >= fromMs && endMs <= untilMs);
    const isTalking = sentences.some(({ startMs, endMs }) => startMs < untilMs && endMs > untilMs);
    const endMs = Math.max(fromMs + 1, (isTalking ? spoken?.endMs : undefined) ?? untilMs);
    this.#heard.push({ startMs: fromMs, endMs });
    const fade = toSamples(wordFadeMs);
    return {
      ...this.#piece(layer, gainDb, fromMs, endMs - fromMs, place.startMs),
      fadeInSamples: fade,
      fadeOutSamples: place.isLast ? Math.max(fade, toSamples(Math.min(600, roomMs / 4))) : fade,
    };
  }

  /** What was not heard yet and is lively; by chance among the best. */
  #choose(starts: readonly number[], lengthMs: number): number {
    const livelinessOf = (fromMs: number) => {
      const energy = this.#source.measures.energy.slice(
        Math.floor(fromMs / 1000),
        Math.max(Math.floor(fromMs / 1000) + 1, Math.ceil((fromMs + lengthMs) / 1000)),
      );
      const mean = energy.reduce((sum, value) => sum + value, 0) / Math.max(1, energy.length);
      const heardMs = this.#heard.reduce(
        (sum, range) =>
          sum + Math.max(0, Math.min(range.endMs, fromMs + lengthMs) - Math.max(range.startMs, fromMs)),
        0,
      );
      return mean - (2 * heardMs) / Math.max(1, lengthMs);
    };
    const ranked = starts
      .map((fromMs) => ({ fromMs, worth: livelinessOf(fromMs) }))
      .toSorted((a, b) => b.worth - a.worth);
    return this.#dice.pick(ranked.slice(0, Math.max(1, Math.min(4, Math.ceil(ranked.length / 4))))).fromMs;
  }

  #piece(layer: MixPiece['layer'], gainDb: number, fromMs: number, sourceMs: number, startMs: number) {
    const startSample = Math.max(0, toSamples(startMs));
    const samples = Math.max(1, toSamples(sourceMs / this.#speed));
    return {
      source: this.#index,
      layer,
      fromMs,
      sourceMs,
      startSample,
      samples,
      speed: this.#speed,
      semitones: this.#semitones,
      gainDb,
    };
  }
}

/** How much faster a tempo must be played to be another, counted double or half where that is nearer. */
export function speedTo(fromBpm: number, toBpm: number): number {
  let speed = toBpm / fromBpm;
  while (speed > Math.SQRT2) speed /= 2;
  while (speed < Math.SQRT1_2) speed *= 2;
  return speed;
}

/**
 * By how many semitones music in one key is moved so that it sounds right with another: into the same key or its relative, or a fifth from it
 * where that is much nearer.
 */
export function semitonesTo(from: MusicKey, to: MusicKey): number {
  const distance = signatureOf(to) - signatureOf(from);
  const nearest = (semitones: number) => ((((semitones + 6) % 12) + 12) % 12) - 6;
  const choices = [
    { semitones: nearest(distance), cost: 0 },
    { semitones: nearest(distance + 7), cost: fifthCosts },
    { semitones: nearest(distance - 7), cost: fifthCosts },
  ];
  return choices.reduce((best, choice) =>
    Math.abs(choice.semitones) + choice.cost < Math.abs(best.semitones) + best.cost ? choice : best,
  ).semitones;
}

/** The tonic of the major key with the same notes: of A minor that of C major. */
function signatureOf({ tonic, mode }: MusicKey): number {
  return (pitchClasses.indexOf(tonic) + (mode === 'minor' ? 3 : 0)) % 12;
}

function shuffle<T>(items: readonly T[], dice: Dice): T[] {
  return items
    .map((item) => ({ item, by: dice.roll() }))
    .toSorted((a, b) => a.by - b.by)
    .map(({ item }) => item);
}

function toSamples(ms: number): number {
  return Math.round((ms * soundSampleRateHz) / 1000);
}
