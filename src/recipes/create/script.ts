import { isAbortError, PatternPivotError } from '../../domain/errors.ts';
import type { LibraryAsset, Passage } from '../../domain/library.ts';
import { scriptSchema, type Script, type ScriptFormat, type ScriptLine } from '../../domain/script.ts';
import type { Chat } from '../../ports/chat.ts';
import { isTitleSound, type Ground } from '../../stages/write/grounding.ts';
import { speaksToMachine } from '../../stages/write/instructions.ts';
import { writeInRounds } from '../../stages/write/write-rounds.ts';
import { describeScript, type ScriptSource } from '../../stages/write/describe-script.ts';
import { extractScript } from '../../stages/write/extract.ts';
import {
  gatherSentences,
  type GatheredSentences,
  type SaidSentence,
  type SearchedSource,
} from '../../stages/write/gather-sentences.ts';
import { findSourcesAbout } from '../../stages/write/judge-topic.ts';
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
  /** So many drafts of a chat model at most. Default: 3. */
  readonly rounds?: number | undefined;
};

/** How long a script may be when spoken, in ms. */
export const scriptLengthRange = { minMs: 8000, maxMs: 180_000 } as const;

/** So many passages are looked at, of so many sources, best first; so many are shown to a model. */
const passagesLookedAt = 40;
const maxSources = 6;
const passagesShown = 14;

/** So many drafts at most, where nothing else is asked for. */
const usualRounds = 3;

/** Shorter than this share of what is wanted, a script is said to be short. */
const shortShare = 0.8;

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
  const { topic, corpus } = request;
  const { passages, notes } = await findPassages(
    library,
    { query: topic, from: corpus, limit: passagesLookedAt },
    ports,
    context,
  );
  for (const text of notes) context.emit({ event: 'note', text });
  const material = await gather(library, passages, topic, ports, context);
  const about = findSourcesAbout(material, topic, { isOneSource: request.format === 'story' });
  if (about.size === 0) throw nothingAbout(topic, passages);
  const near = passages.filter(({ assetId }) => about.has(assetId));
  const written =
    ports.chat === undefined
      ? undefined
      : await write(request, near, material, { ...ports, chat: ports.chat }, context);
  if (written?.script !== undefined) return written.script;
  const failed = written?.rounds ?? [];
  const sentences = material.sentences.filter(({ assetId }) => about.has(assetId));
  return extract(request, sentences, { near, material, failed }, context);
}

type Written = { readonly script?: Script; readonly rounds: Script['rounds'] };

/** By the chat model; without a script, and with a note that says why, where it gives none that can be used. */
async function write(
  request: ScriptRequest,
  passages: readonly Passage[],
  material: ScriptMaterial,
  ports: CorpusPorts & { readonly chat: Chat },
  context: RecipeContext,
): Promise<Written> {
  const { chat } = ports;
  const note = (text: string) => context.emit({ event: 'note', text });
  const shown = passages.filter(({ text, title }) => !speaksToMachine(text) && !speaksToMachine(title));
  if (shown.length < passages.length) {
    note('What speaks to a machine in these recordings, and not to people, is not shown to the model.');
  }
  const grounds = shown
    .slice(0, passagesShown)
    .map(({ text, title, speaker, assetId, startMs, endMs }): Ground => {
      return { text, title, speaker, receipt: { assetId, startMs, endMs } };
    });
  if (grounds.length === 0) return { rounds: [] };
  const wish = { ...request, maxRounds: request.rounds ?? usualRounds };
  try {
    const read = await loadGrammar();
    const { best, rounds, notes } = await runStep(
      context,
      'ask',
      (step) => writeInRounds(wish, grounds, { ...ports, read }, step),
      { detail: (result) => (result.rounds.length === 1 ? '1 draft' : `${result.rounds.length} drafts`) },
    );
    for (const text of notes) note(text);
    if (best === undefined) {
      note(
        `Too little of what ${chat.model} wrote is borne out by the passages, so these are sentences that were said.`,
      );
      return { rounds };
    }
    const { lines } = best.round;
    const title = isTitleSound(best.title, { grounds, topic: request.topic }) ? best.title : undefined;
    const made = { way: 'written', model: chat.model.slice(0, 200), title, lines, rounds } as const;
    return { script: finish(request, made, material), rounds };
  } catch (error) {
    context.signal.throwIfAborted();
    if (isAbortError(error) || !(error instanceof PatternPivotError)) throw error;
    note(`${chat.model} wrote no script, so these are sentences that were said: ${error.message}`);
    return { rounds: [] };
  }
}

/** Of sentences that were said. @throws not_found.passages where too few can stand in another place */
async function extract(
  request: ScriptRequest,
  sentences: readonly SaidSentence[],
  {
    near,
    material,
    failed,
  }: { near: readonly Passage[]; material: ScriptMaterial; failed: Script['rounds'] },
  context: RecipeContext,
): Promise<Script> {
  const { topic, lengthMs } = request;
  const made = extractScript(sentences, request);
  if (made === undefined) throw tooLittle(topic, near);
  const { lines } = made;
  const note = (text: string) => context.emit({ event: 'note', text });
  for (const text of made.notes) note(text);
  const spokenMs = spokenLength(lines);
  if (spokenMs < lengthMs * shortShare) {
    note(
      `It is spoken in ${Math.round(spokenMs / 1000)} s instead of ${Math.round(lengthMs / 1000)} s: nothing more was found that fits.`,
    );
  }
  if (
    lines.some(
      ({ receipts: [receipt] }) => receipt !== undefined && material.unpunctuated.includes(receipt.assetId),
    )
  ) {
    note(
      'The words of a source have no full stops, so its lines may not be whole sentences: pivot refine puts them in.',
    );
  }
  const findings = measureRubric(lines, request, await loadGrammar());
  const rounds: Script['rounds'] = [...failed, { lines: [...lines], findings, struck: [] }];
  return finish(request, { way: 'extractive', lines, rounds }, material);
}

/** Puts the document together. */
function finish(
  { topic, format }: ScriptRequest,
  made: Pick<Script, 'way' | 'rounds'> & {
    readonly lines: readonly ScriptLine[];
    readonly model?: string;
    readonly title?: string | undefined;
  },
  material: ScriptMaterial,
): Script {
  const { way, model, title, lines, rounds } = made;
  const sources = sourcesOf(lines, material);
  return scriptSchema.parse({
    version: 1,
    topic,
    format,
    way,
    ...(model === undefined ? {} : { model }),
    ...describeScript(lines, { way, model, title, sources, surroundings: material.surroundings }),
    lines: [...lines],
    spokenMs: Math.max(1, spokenLength(lines)),
    rounds,
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

type ScriptMaterial = GatheredSentences & {
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
      return { ...(await gatherSentences(sources, topic, ports, step)), assets, surroundings };
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
