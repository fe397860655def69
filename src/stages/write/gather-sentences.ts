import { overlapMs, type TimeRange } from '../../domain/time.ts';
import type { Transcript } from '../../domain/transcript.ts';
import type { Embedder } from '../../ports/embedder.ts';
import { embedTexts } from '../shortlist/embeddings.ts';
import { rateUnits } from '../shortlist/interest.ts';
import * as lexicon from '../shortlist/lexicon.ts';
import { measureSignals, properNames, straighten } from '../shortlist/signals.ts';
import { embedTopic, measureTopic } from '../shortlist/topic.ts';
import { divideIntoUnits } from '../shortlist/units.ts';
import type { StageCache, StageContext } from '../stage.ts';
import { findLineFault, measureDependence, toOpeningText, toSpokenText } from './sentence.ts';
import { estimateSpokenMs } from './spoken-length.ts';

/** A sentence that somebody said and a voice may say again. Times are ms of the asset, half-open. */
export type SaidSentence = TimeRange & {
  readonly assetId: string;
  /** Its place in the transcript: what follows it there has the next number. */
  readonly index: number;
  /** As it is said after the sentence before it, and after anything else. */
  readonly text: string;
  readonly openingText: string;
  readonly spokenMs: number;
  /** How much it hangs on the sentence before it, 0 to 1. */
  readonly dependence: number;
  /** How near the topic it is, 0 to 1: with its neighbours, and alone. */
  readonly nearness: number;
  readonly ownNearness: number;
  /** How interesting it is in its source, 0 to 1. */
  readonly interest: number;
  readonly asks: boolean;
  /** Announces what comes next. */
  readonly leadsOn: boolean;
  /** People and things that were introduced earlier in the source, and are not here. */
  readonly strangers: readonly string[];
  /** Its meaning, of unit length. */
  readonly vector: Float32Array;
};

/** A source with what a search found in it. */
export type SearchedSource = {
  readonly assetId: string;
  readonly transcript: Transcript;
  readonly passages: readonly TimeRange[];
};

/** A sentence runs on when it is longer than this, in ms. */
const longestSentenceMs = 20_000;

/** So many sentences before and after a passage are looked at. */
const around = 5;

/** A sentence about nothing in particular belongs to its neighbours' topic, as far as this. */
const neighbourShare = 0.75;

/** The sentences in and around what a search found that may be lines of a script; their meanings are cached. */
export async function gatherSentences(
  { assetId, transcript, passages }: SearchedSource,
  topicText: string,
  ports: { readonly embedder: Embedder; readonly cache: StageCache },
  context: StageContext,
): Promise<SaidSentence[]> {
  const isEnglish = /^en\b/iu.test(transcript.language);
  const units = divideIntoUnits(transcript, longestSentenceMs);
  const places = placesAround(passages, units);
  const near = places.map((place) => units[place]!);
  const vectors = await embedTexts(
    near.map(({ text }) => text),
    ports,
    context,
  );
  const topic = measureTopic(topicText, near, vectors, await embedTopic(topicText, ports, context));
  const own = near.map((_, index) => topic?.nearness(index, index + 1) ?? 0);
  const signals = measureSignals(units, undefined, isEnglish);
  const ratings = rateUnits(units, signals, transcript.durationMs);
  return near.flatMap((unit, index): SaidSentence[] => {
    if (!unit.opensSentence || !unit.closesSentence) return [];
    const text = toSpokenText(unit.text);
    if (findLineFault(text, isEnglish) !== undefined) return [];
    const place = places[index]!;
    const openingText = isEnglish ? toOpeningText(text) : text;
    const beside = [-2, -1, 1, 2].flatMap((step) =>
      places[index + step] === place + step ? [own[index + step]!] : [],
    );
    return [
      {
        assetId,
        index: place,
        startMs: unit.startMs,
        endMs: unit.endMs,
        text,
        openingText,
        spokenMs: estimateSpokenMs(text),
        dependence: isEnglish ? measureDependence(openingText) : 0,
        nearness: Math.max(own[index]!, neighbourShare * Math.max(0, ...beside)),
        ownNearness: own[index]!,
        interest: ratings[place] ?? 0,
        asks: /[?？]["'”’)]*$/u.test(text),
        leadsOn: lexicon.leadsOn.test(straighten(text)) || /:["'”’)]*$/u.test(text),
        strangers: findStrangers(text, topicText, units.slice(0, place)),
        vector: vectors[index]!,
      },
    ];
  });
}

/** The numbers of the units in and around the passages, sorted, each once. */
function placesAround(passages: readonly TimeRange[], units: readonly TimeRange[]): number[] {
  const places = new Set<number>();
  for (const passage of passages) {
    const first = units.findIndex((unit) => overlapMs(unit, passage) > 0);
    const last = units.findLastIndex((unit) => overlapMs(unit, passage) > 0);
    if (first === -1) continue;
    for (let place = first - around; place <= last + around; place++) {
      if (place >= 0 && place < units.length) places.add(place);
    }
  }
  return [...places].toSorted((a, b) => a - b);
}

/** Names that the source used before: whoever starts here does not know who that is. */
function findStrangers(text: string, topic: string, before: readonly { readonly text: string }[]): string[] {
  const names = [...new Set(properNames(text))].filter(
    (name) => !topic.toLowerCase().includes(name.toLowerCase()),
  );
  return names.filter((name) => before.some((unit) => unit.text.includes(name)));
}
