import { PatternPivotError } from '../../domain/errors.ts';
import type { LibraryAsset, Passage } from '../../domain/library.ts';
import { scriptSchema, type Script, type ScriptFormat, type ScriptLine } from '../../domain/script.ts';
import type { Chat } from '../../ports/chat.ts';
import { describeScript, type ScriptSource } from '../../stages/write/describe-script.ts';
import { extractScript } from '../../stages/write/extract.ts';
import {
  gatherSentences,
  type SaidSentence,
  type SearchedSource,
} from '../../stages/write/gather-sentences.ts';
import { keepAboutTopic } from '../../stages/write/judge-topic.ts';
import { loadGrammar } from '../../stages/write/grammar.ts';
import { measureRubric, spokenLength } from '../../stages/write/rubric.ts';
import { runStep, type RecipeContext } from '../events.ts';
import { readAsset, readAssetTranscript } from '../library/assets.ts';
import type { CorpusPorts } from '../library/corpora.ts';
import { findPassages } from '../library/find.ts';
import type { Library } from '../library/library.ts';

/** What a script is asked for. */
export type ScriptRequest = {
  readonly topic: string;
  /** The corpus that it is made from. Default: the whole library. */
  readonly corpus?: string | undefined;
  readonly format: ScriptFormat;
  /** How long it is when spoken, in ms. */
  readonly lengthMs: number;
  /** 0: the best there is; others give other choices. */
  readonly seed: number;
};

/** How long a script may be when spoken, in ms. */
export const scriptLengthRange = { minMs: 8000, maxMs: 180_000 } as const;

/** So many passages are looked at, of so many sources, best first. */
const passagesLookedAt = 40;
const maxSources = 6;

const maxTopicChars = 500;

/**
 * Writes the script of a short from what a library holds on a topic: by a chat model where there is one, else of the creator's own
 * sentences, ordered and joined. Every line that claims something names where that was said.
 * @throws input.topic, input.length, not_found.topic with what is nearest, not_found.corpus and what searching throws
 */
export async function writeScript(
  library: Library,
  request: ScriptRequest,
  ports: CorpusPorts & { readonly chat?: Chat },
  context: RecipeContext,
): Promise<Script> {
  assertRequest(request);
  const { topic, corpus, lengthMs } = request;
  const { passages, notes } = await findPassages(
    library,
    { query: topic, from: corpus, limit: passagesLookedAt },
    ports,
    context,
  );
  for (const text of notes) context.emit({ event: 'note', text });
  const material = await gather(library, passages, topic, ports, context);
  const sentences = keepAboutTopic(material.sentences, topic, {
    isOneSource: request.format === 'story',
  });
  if (sentences.length === 0) throw nothingAbout(topic, passages);
  const extract = extractScript(sentences, request);
  if (extract === undefined) throw tooLittle(topic, passages);
  for (const text of extract.notes) context.emit({ event: 'note', text });
  const spokenMs = spokenLength(extract.lines);
  if (spokenMs < lengthMs * 0.8) {
    const text = `It is spoken in ${Math.round(spokenMs / 1000)} s instead of ${Math.round(lengthMs / 1000)} s: nothing more was found that fits.`;
    context.emit({ event: 'note', text });
  }
  return scriptSchema.parse({
    version: 1,
    topic,
    format: request.format,
    way: 'extractive',
    ...describeScript(extract.lines, {
      way: 'extractive',
      sources: sourcesOf(extract.lines, material),
      surroundings: material.surroundings,
    }),
    lines: [...extract.lines],
    spokenMs: Math.max(1, spokenMs),
    rounds: [
      {
        lines: [...extract.lines],
        findings: measureRubric(extract.lines, request, await loadGrammar()),
        struck: [],
      },
    ],
  } satisfies Script);
}

function assertRequest({ topic, lengthMs }: ScriptRequest): void {
  if (!/[\p{L}\p{N}]/u.test(topic) || topic.length > maxTopicChars) {
    throw new PatternPivotError(
      'input.topic',
      `A topic has a word in it, and at most ${maxTopicChars} characters.`,
      {
        hint: 'Write what it should be about: pivot script "why audiences leave"',
      },
    );
  }
  const { minMs, maxMs } = scriptLengthRange;
  if (!(lengthMs >= minMs && lengthMs <= maxMs)) {
    throw new PatternPivotError('input.length', 'A script is spoken in 8 seconds to 3 minutes.', {
      hint: 'Write a length between: --length 40',
    });
  }
}

type ScriptMaterial = {
  readonly sentences: readonly SaidSentence[];
  readonly assets: ReadonlyMap<string, LibraryAsset>;
  /** All sentences of the sources. */
  readonly surroundings: readonly string[];
};

function gather(
  library: Library,
  passages: readonly Passage[],
  topic: string,
  ports: CorpusPorts,
  context: RecipeContext,
): Promise<ScriptMaterial> {
  return runStep(
    context,
    'shortlist',
    async (step) => {
      const sources: SearchedSource[] = [];
      const surroundings: string[] = [];
      const assets = new Map<string, LibraryAsset>();
      for (const [assetId, own] of [...Map.groupBy(passages, (passage) => passage.assetId)].slice(
        0,
        maxSources,
      )) {
        const asset = await readAsset(library, assetId);
        if (asset === undefined) continue;
        const transcript = await readAssetTranscript(library, asset);
        assets.set(assetId, asset);
        surroundings.push(...transcript.sentences.map(({ text }) => text));
        sources.push({ assetId, transcript, passages: own });
      }
      const sentences = await gatherSentences(sources, topic, ports, step);
      return { sentences, assets, surroundings };
    },
    {
      detail: ({ sentences, assets }) =>
        `${sentences.length} sentences of ${assets.size === 1 ? '1 source' : `${assets.size} sources`}`,
    },
  );
}

function sourcesOf(lines: readonly ScriptLine[], { assets }: ScriptMaterial): ScriptSource[] {
  return lines
    .flatMap(({ receipts }) => receipts)
    .flatMap(({ assetId, startMs }): ScriptSource[] => {
      const asset = assets.get(assetId);
      return asset === undefined ? [] : [{ title: asset.title, address: asset.address, atMs: startMs }];
    });
}

/** What comes nearest, for a hint: at most three titles. */
function nearest(passages: readonly Passage[]): string {
  const titles = [...new Set(passages.map(({ title }) => title))].slice(0, 3);
  return titles.length === 0
    ? 'The library is empty: pivot add talk.mp4'
    : `Nearest to it: ${titles.map((title) => `“${title.slice(0, 60)}”`).join(', ')}. See them: pivot find "<words>"`;
}

function nothingAbout(topic: string, passages: readonly Passage[]): PatternPivotError {
  return new PatternPivotError(
    'not_found.topic',
    `Nothing in the library is about "${topic.slice(0, 100)}".`,
    {
      hint: nearest(passages),
      context: { topic, nearest: passages.slice(0, 3).map(({ title, startMs }) => ({ title, startMs })) },
    },
  );
}

function tooLittle(topic: string, passages: readonly Passage[]): PatternPivotError {
  return new PatternPivotError(
    'not_found.passages',
    `Too little of what is said about "${topic.slice(0, 100)}" can be understood out of its place.`,
    { hint: nearest(passages), context: { topic } },
  );
}
