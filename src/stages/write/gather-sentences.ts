import { overlapMs, type TimeRange } from '../../domain/time.ts';
import type { Transcript } from '../../domain/transcript.ts';
import type { Embedder } from '../../ports/embedder.ts';
import { embedTexts } from '../shortlist/embeddings.ts';
import { rateUnits } from '../shortlist/interest.ts';
import * as lexicon from '../shortlist/lexicon.ts';
import { contentWords, measureSignals, properNames, straighten } from '../shortlist/signals.ts';
import { embedTopic, measureTopic, splitTopic } from '../shortlist/topic.ts';
import { divideIntoUnits, type Unit } from '../shortlist/units.ts';
import type { StageCache, StageContext } from '../stage.ts';
import { loadGrammar, type ReadGrammar } from './grammar.ts';
import {
  findLineFault,
  isWholeSentence,
  measureDependence,
  toOpeningText,
  toSpokenText,
} from './sentence.ts';
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
  /** Has a main clause: not "A very simple definition." */
  readonly isWhole: boolean;
  /** Announces what comes next. */
  readonly leadsOn: boolean;
  /** What was said next hangs on it: the thought does not end here. */
  readonly isGoneOnFrom: boolean;
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

/** What was gathered of sources, and what their topic is judged by. */
export type GatheredSentences = {
  readonly sentences: readonly SaidSentence[];
  /** How near the topic the nearest of all that is said in a source is, 0 to 1, by its asset. */
  readonly nearness: ReadonlyMap<string, number>;
  /** All that is said near what was found, whether it may be a line or not. */
  readonly said: readonly string[];
  /** Sources whose captions have hardly a full stop: what is a sentence there is a guess. */
  readonly unpunctuated: readonly string[];
};

/** A source's units near what was found, and all of them. */
type NearUnits = {
  readonly source: SearchedSource;
  readonly units: readonly Unit[];
  readonly places: readonly number[];
};

/**
 * The sentences in and around what a search found that may be lines of a script. How near each is to the topic is measured over all
 * sources together, so that sources can be compared. Meanings are cached.
 */
export async function gatherSentences(
  sources: readonly SearchedSource[],
  topicText: string,
  ports: { readonly embedder: Embedder; readonly cache: StageCache },
  context: StageContext,
): Promise<GatheredSentences> {
  const all = sources.map((source): NearUnits => {
    const units = divideIntoUnits(source.transcript, longestSentenceMs);
    return { source, units, places: placesAround(source.passages, units) };
  });
  const near = all.flatMap(({ units, places }) => places.map((place) => units[place]!));
  const vectors = await embedTexts(
    near.map(({ text }) => text),
    ports,
    context,
  );
  const topic = measureTopic(
    withoutEmptyWords(topicText),
    near,
    vectors,
    await embedTopic(topicText, ports, context),
  );
  const ofUnits = near.map((_, index) => topic?.nearness(index, index + 1) ?? 0);
  const nearness = new Map<string, number>();
  const read = await loadGrammar();
  const sentences: SaidSentence[] = [];
  let from = 0;
  for (const one of all) {
    const to = from + one.places.length;
    const own = ofUnits.slice(from, to);
    nearness.set(one.source.assetId, measureSource(own));
    sentences.push(...judgeSentences(one, topicText, own, vectors.slice(from, to), read));
    from = to;
  }
  return {
    sentences,
    nearness,
    said: near.map(({ text }) => text),
    unpunctuated: sources.filter(({ transcript }) => !isPunctuated(transcript)).map(({ assetId }) => assetId),
  };
}

function judgeSentences(
  { source, units, places }: NearUnits,
  topicText: string,
  own: readonly number[],
  vectors: readonly Float32Array[],
  read: ReadGrammar,
): SaidSentence[] {
  const { assetId, transcript } = source;
  const isEnglish = /^en\b/iu.test(transcript.language);
  const hasStops = isPunctuated(transcript);
  const ratings = rateUnits(units, measureSignals(units, undefined, isEnglish), transcript.durationMs);
  return places.flatMap((place, index): SaidSentence[] => {
    const unit = units[place]!;
    if (hasStops && (!unit.opensSentence || !unit.closesSentence)) return [];
    const text = toSpokenText(hasStops ? unit.text : `${unit.text}.`);
    if (findLineFault(text, isEnglish) !== undefined) return [];
    const openingText = isEnglish ? toOpeningText(text) : text;
    const beside = [-2, -1, 1, 2].flatMap((step) =>
      places[index + step] === place + step ? [own[index + step]!] : [],
    );
    const following = units[place + 1]?.text;
    return [
      {
        assetId,
        index: place,
        startMs: unit.startMs,
        endMs: unit.endMs,
        text,
        openingText,
        spokenMs: estimateSpokenMs(text),
        dependence: isEnglish ? measureDependence(openingText, read) : 0,
        isWhole: !isEnglish || isWholeSentence(openingText, read),
        nearness: Math.max(own[index]!, neighbourShare * Math.max(0, ...beside)),
        ownNearness: own[index]!,
        interest: ratings[place] ?? 0,
        asks: /[?？]["'”’)]*$/u.test(text),
        leadsOn: leadsOn(text),
        isGoneOnFrom:
          isEnglish && following !== undefined && measureDependence(toSpokenText(following), read) >= 0.6,
        strangers: findStrangers(text, topicText, units.slice(0, place)),
        vector: vectors[index]!,
      },
    ];
  });
}

/** Words of a topic that are said of everything: counting them would bring in what is about something else. */
const emptyTopicWord =
  /\b(?:people|persons?|things?|stuff|ways?|works?|working|makes?|making|gets?|getting|uses?|using|happens?|always|never|best|good|bad|big|important|world|life|lives|time|times|day|days|years?|really|need|needs|want|wants|mean|means|find|feel|think)\b/giu;

/** A topic whose words tell something apart; as it was where none would be left. Its wishes keep their number and order. */
function withoutEmptyWords(topic: string): string {
  return splitTopic(topic)
    .map((wish) => {
      const rest = wish.replaceAll(emptyTopicWord, ' ').replaceAll(/\s+/gu, ' ').trim();
      return contentWords(rest).length > 0 ? rest : wish;
    })
    .join(', ');
}

/** Spoken sentences have about fifteen words; captions that a machine made may have no full stop at all. */
const wordsPerStop = 60;

function isPunctuated({ words }: Transcript): boolean {
  const stops = words.filter(({ text }) => /[.!?。！？]["'”’)]*$/u.test(text)).length;
  return stops * wordsPerStop >= words.length;
}

/** How near a source is at its nearest: half the nearest, half the mean of three. */
function measureSource(nearness: readonly number[]): number {
  const [first = 0, second = 0, third = 0] = nearness.toSorted((one, other) => other - one);
  return (first + (first + second + third) / 3) / 2;
}

const announcesSome =
  /\b(?:reasons|ways|things|kinds|types|forms|steps|stages|examples|questions|answers|theories|principles|follows?|following)[.:]$/iu;

/** Whether a sentence announces what comes next. */
function leadsOn(text: string): boolean {
  const plain = straighten(text);
  return lexicon.leadsOn.test(plain) || announcesSome.test(plain) || /:["'”’)]*$/u.test(text);
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
