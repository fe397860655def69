import type { InterestPoint, Moment } from '../domain/moment.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Seen } from '../domain/shot.ts';
import type { Source } from '../domain/source.ts';
import type { TimeRange } from '../domain/time.ts';
import type { Transcript } from '../domain/transcript.ts';
import { choose, momentAt } from '../stages/choose/choose.ts';
import { pickVaried } from '../stages/choose/variety.ts';
import { hear, type Heard } from '../stages/hear/hear.ts';
import { look } from '../stages/look/look.ts';
import { rerank } from '../stages/look/rerank.ts';
import { shortlist } from '../stages/shortlist/shortlist.ts';
import { runStep, type RecipeContext } from './events.ts';
import type { MakeOptions, MakePorts } from './make-request.ts';

/** Hears a source as the options say. */
export function hearSource(
  source: Source,
  range: TimeRange | undefined,
  options: Pick<MakeOptions, 'glossary' | 'language' | 'transcript'>,
  ports: Pick<MakePorts, 'transcriber' | 'openSpeechDetector' | 'cache'>,
  context: RecipeContext,
): Promise<Outcome<Heard>> {
  const { glossary, language, transcript } = options;
  const hearOptions = {
    glossary,
    ...(language === undefined ? {} : { language }),
    ...(range === undefined ? {} : { range }),
    ...(transcript === undefined ? {} : { transcript }),
  };
  return runStep(context, 'hear', (step) => hear(source, hearOptions, ports, step), {
    detail: (heard) => (heard.status === 'done' ? `${heard.value.transcript.words.length} words` : 'nothing'),
  });
}

/** What was found: the moments to cut, what else could have been, and how interesting everything is. */
export type Found = {
  readonly moments: readonly Moment[];
  /** Everything that could be a clip, best first. */
  readonly candidates: readonly Moment[];
  readonly interest: readonly InterestPoint[];
  /** What was seen of the picture: the moments, and the candidates that came near. */
  readonly seen: readonly Seen[];
  /** Where there are no moments, the first says why. */
  readonly notes: readonly string[];
};

/** In what moments are looked for: words, their sound where there is any, and a picture where there is one. */
export type Material = {
  readonly transcript: Transcript;
  readonly sound?: Heard['sound'];
  readonly source?: Source;
};

/** How a choice is bounded, and what is settled already. */
export type FindOptions = Pick<MakeOptions, 'count' | 'minMs' | 'maxMs' | 'at' | 'topic'> & {
  readonly range?: TimeRange | undefined;
  /** These stay: nothing that overlaps them is chosen. */
  readonly settled?: readonly Moment[];
  /** These don't come back. */
  readonly rejected?: readonly Moment[];
};

/** So many candidates are looked at for each clip asked for: seeing is dear. */
const lookedPerClip = 2;

/**
 * Finds moments, or takes exactly those that were asked for; the interest covers everything either way. The short list is made
 * from the sound alone; the best of it is looked at and ranked again, and nothing else is decoded.
 */
export async function findMoments(
  material: Material,
  options: FindOptions,
  ports: Pick<MakePorts, 'embedder' | 'chat' | 'cache'>,
  context: RecipeContext,
): Promise<Found> {
  const { minMs, maxMs, range, at, count, topic, settled = [], rejected = [] } = options;
  const lengths = {
    minMs,
    maxMs,
    ...(range === undefined ? {} : { range }),
    ...(topic === undefined ? {} : { topic }),
  };
  const found = await runStep(context, 'shortlist', (step) => shortlist(material, lengths, ports, step), {
    detail: ({ candidates }) => `${candidates.length} candidates`,
  });
  const { interest } = found;
  if (at.length > 0) {
    const moments = at.map((wanted) => momentAt(wanted, material.transcript));
    const seen = await lookAt(material, moments, ports, context);
    return { moments, candidates: found.candidates, interest, seen, notes: [] };
  }
  const taken = [...settled, ...rejected];
  const free = found.candidates.filter((candidate) => !taken.some((moment) => overlaps(candidate, moment)));
  const wanted = Math.max(0, count - settled.length);
  if (wanted === 0) {
    const seen = await lookAt(material, settled, ports, context);
    return { moments: [], candidates: found.candidates, interest, seen, notes: found.notes };
  }
  const near = await lookAt(material, pickVaried(free, lookedPerClip * wanted), ports, context);
  const ranked = rerank(free, near);
  const choice = await runStep(
    context,
    'choose',
    (step) => choose(ranked, { count: wanted, ...(topic === undefined ? {} : { topic }) }, ports, step),
    { detail: (chosen) => `${chosen.moments.length} moments` },
  );
  // A model may have chosen what was not looked at yet; the rest comes from the cache.
  const chosen = await lookAt(material, [...settled, ...choice.moments], ports, context);
  return {
    moments: choice.moments,
    candidates: rerank(found.candidates, near),
    interest,
    seen: chosen,
    notes: [...found.notes, ...choice.notes],
  };
}

function lookAt(
  { source }: Material,
  moments: readonly Moment[],
  ports: Pick<MakePorts, 'cache'>,
  context: RecipeContext,
): Promise<readonly Seen[]> {
  if (source === undefined || source.info.video.length === 0 || moments.length === 0) {
    return Promise.resolve([]);
  }
  return runStep(context, 'look', (step) => look(source, moments, ports, step), {
    detail: (seen) => {
      const shots = seen.reduce((sum, range) => sum + range.shots.length, 0);
      return `${shots} ${shots === 1 ? 'shot' : 'shots'}`;
    },
  });
}

function overlaps(a: TimeRange, b: TimeRange): boolean {
  return a.startMs < b.endMs && b.startMs < a.endMs;
}
