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
  /** Where there are no moments, the first says why. */
  readonly notes: readonly string[];
};

/** In what moments are looked for: words, their sound where there is any, and a picture where there is one. */
export type Material = {
  readonly transcript: Transcript;
  readonly sound?: Heard['sound'];
  readonly source?: Source;
};

/** How a choice is bounded. */
export type FindOptions = Pick<MakeOptions, 'count' | 'minMs' | 'maxMs' | 'at' | 'topic'> & {
  readonly range?: TimeRange | undefined;
  /** Whether faces are looked for too, in the same decode. Default: no. */
  readonly withFaces?: boolean;
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
  const { minMs, maxMs, range, at, count, topic } = options;
  const lengths = {
    minMs,
    maxMs,
    ...(range === undefined ? {} : { range }),
    ...(topic === undefined ? {} : { topic }),
  };
  const found = await runStep(context, 'shortlist', (step) => shortlist(material, lengths, ports, step), {
    detail: ({ candidates }) => `${candidates.length} candidates`,
  });
  const { interest, notes } = found;
  if (at.length > 0) {
    const moments = at.map((wanted) => momentAt(wanted, material.transcript));
    return { moments, candidates: found.candidates, interest, notes: [] };
  }
  const promising = pickVaried(found.candidates, lookedPerClip * count);
  const seen = await lookAt(material, promising, ports, context, options.withFaces);
  const candidates = rerank(found.candidates, seen);
  const asked = { count, ...(topic === undefined ? {} : { topic }) };
  const choice = await runStep(context, 'choose', (step) => choose(candidates, asked, ports, step), {
    detail: ({ moments }) => `${moments.length} moments`,
  });
  return { moments: choice.moments, candidates, interest, notes: [...notes, ...choice.notes] };
}

/** Watches the picture of moments, where there is one: what was watched before comes from the cache. */
export function lookAt(
  { source }: Material,
  moments: readonly TimeRange[],
  ports: Pick<MakePorts, 'cache'>,
  context: RecipeContext,
  withFaces = false,
): Promise<readonly Seen[]> {
  if (source === undefined || source.info.video.length === 0 || moments.length === 0) {
    return Promise.resolve([]);
  }
  return runStep(
    context,
    'look',
    (step) => look(source, moments, { cache: ports.cache, faces: withFaces }, step),
    {
      detail: (seen) => {
        const shots = seen.reduce((sum, range) => sum + range.shots.length, 0);
        return `${shots} ${shots === 1 ? 'shot' : 'shots'}`;
      },
    },
  );
}
