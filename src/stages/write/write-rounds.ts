import { z } from 'zod';
import { isAbortError, PatternPivotError } from '../../domain/errors.ts';
import { rubricNames, type RubricFinding, type Script } from '../../domain/script.ts';
import type { Chat } from '../../ports/chat.ts';
import type { Embedder } from '../../ports/embedder.ts';
import { embedTexts } from '../shortlist/embeddings.ts';
import type { StageCache, StageContext } from '../stage.ts';
import { checkLines, splitSentences, type RawLine } from './check-lines.ts';
import type { ReadGrammar } from './grammar.ts';
import type { Ground, GroundCheck } from './grounding.ts';
import { askCriticism, askDraft, askOutline, askRevision } from './prompts.ts';
import { measureRubric, spokenLength, type RubricWish } from './rubric.ts';

/** A short's script by a chat model: outline, draft, criticism, revision. */

const passageNumbers = z
  .array(z.union([z.number(), z.string()]))
  .max(30)
  .describe('The numbers of the passages that say so; empty for a line that claims nothing');

const outlineSchema = z.object({
  idea: z.string().max(1000).describe('The one idea, in a sentence'),
  hook: z.string().max(1000).describe('How it opens, in at most twelve words'),
  points: z.array(z.object({ point: z.string().max(1000), passages: passageNumbers })).max(20),
  ending: z.string().max(1000).describe('How it ends'),
});

const draftSchema = z.object({
  title: z.string().max(300).describe('A title of at most 80 characters'),
  lines: z
    .array(
      z.object({
        text: z.string().max(2000).describe('What is spoken: a sentence or two'),
        passages: passageNumbers,
      }),
    )
    .min(1)
    .max(60),
});

const criticismSchema = z.object({
  findings: z
    .array(
      z.object({
        name: z
          .string()
          .max(40)
          .describe(`One of: ${rubricNames.join(', ')}`),
        isMet: z.boolean(),
        note: z.string().max(2000).describe('Why, or what to change, in one sentence'),
      }),
    )
    .max(30),
});

/** What a chat model wrote, every round of it. */
export type WrittenRounds = {
  readonly rounds: Script['rounds'];
  /** The round that is used, and the title that came with it; left out where none can be. */
  readonly best?: { readonly round: Script['rounds'][number]; readonly title: string };
  readonly notes: readonly string[];
};

type Round = Script['rounds'][number];

/** A script of fewer lines, or of less than this share of the length, is none. */
const leastLines = 2;
const leastLengthShare = 0.4;

/** What a model judges better than a measure; of facts and lengths its word does not count. */
const judgedByModel: ReadonlySet<string> = new Set(['hook', 'one-idea', 'spoken', 'ending']);

/**
 * Writes a script from passages in rounds, until the rubric passes or `maxRounds` drafts were made. What the passages do not bear out is
 * struck by measure, whatever the model says. A model that fails in a later round leaves what it wrote before.
 * @throws provider.* when the model fails before its first draft
 */
export async function writeInRounds(
  wish: RubricWish & { readonly seed: number; readonly maxRounds: number },
  grounds: readonly Ground[],
  ports: {
    readonly chat: Chat;
    readonly embedder: Embedder;
    readonly cache: StageCache;
    readonly read: ReadGrammar;
  },
  context: StageContext,
): Promise<WrittenRounds> {
  const drafts: { round: Round; title: string }[] = [];
  const notes: string[] = [];
  const total = wish.maxRounds * 2 + 1;
  const ask = <T>(name: string, request: { system: string; user: string }, schema: z.ZodType<T>) =>
    askChat({ name, seed: wish.seed, ...request }, schema, ports, context);
  try {
    const outline = await ask('outline', askOutline(grounds, wish), outlineSchema);
    context.report({ done: 1, total, unit: 'answers' });
    let request = askDraft(grounds, wish, tellOutline(outline));
    for (let number = 1; number <= wish.maxRounds; number++) {
      const draft = await ask(`draft-${number}`, request, draftSchema);
      context.report({ done: number * 2, total, unit: 'answers' });
      const check = await openCheck(draft.lines, grounds, wish.topic, ports, context);
      const { lines, struck } = checkLines(draft.lines, check);
      const round: Round = {
        lines: [...lines],
        findings: measureDraft(lines, struck, wish, ports.read),
        struck: [...struck],
      };
      drafts.push({ round, title: draft.title });
      if (lines.length > 0) {
        const criticism = await ask(
          `criticism-${number}`,
          askCriticism(lines, grounds, wish),
          criticismSchema,
        );
        round.findings.push(...readCriticism(criticism.findings));
      }
      context.report({ done: number * 2 + 1, total, unit: 'answers' });
      if (isUsable(round, wish) && round.findings.every(isFine)) break;
      request = askRevision(round, grounds, wish);
    }
  } catch (error) {
    context.signal.throwIfAborted();
    if (isAbortError(error) || !(error instanceof PatternPivotError) || drafts.length === 0) throw error;
    notes.push(
      `${ports.chat.model} failed before it was done, so the best draft until then counts: ${error.message}`,
    );
  }
  const usable = drafts.filter(({ round }) => isUsable(round, wish));
  // Of two that are as good the later one.
  const best = usable.toSorted(
    (one, other) =>
      scoreRound(other.round) - scoreRound(one.round) || drafts.indexOf(other) - drafts.indexOf(one),
  )[0];
  return { rounds: drafts.map(({ round }) => round), notes, ...(best === undefined ? {} : { best }) };
}

function askChat<T>(
  { name, seed, system, user }: { name: string; seed: number; system: string; user: string },
  schema: z.ZodType<T>,
  { chat, cache }: { readonly chat: Chat; readonly cache: StageCache },
  { signal }: StageContext,
): Promise<T> {
  return cache.remember({
    name: `script-${name.replace(/-\d+$/u, '')}`,
    version: 1,
    inputs: { system, user, model: chat.model, seed },
    schema,
    run: () => chat.ask({ system, user, schema, signal }),
  });
}

function tellOutline({ idea, hook, points, ending }: z.infer<typeof outlineSchema>): string {
  return [
    `Idea: ${idea}`,
    `Hook: ${hook}`,
    ...points.map(({ point }, index) => `${index + 1}. ${point}`),
    `Ending: ${ending}`,
  ].join('\n');
}

/** Prepares the measure: meanings of the draft's sentences and of the passages' own. */
async function openCheck(
  draft: readonly RawLine[],
  grounds: readonly Ground[],
  topic: string,
  ports: { readonly embedder: Embedder; readonly cache: StageCache },
  context: StageContext,
): Promise<GroundCheck> {
  const quiet = { signal: context.signal, report: () => {} };
  const sentences = [
    ...new Set(draft.flatMap(({ text }) => splitSentences(text.replaceAll(/\s+/gu, ' ')))),
  ].slice(0, 200);
  const said = grounds.map(({ text }) => splitSentences(text));
  const texts = [...sentences, ...said.flat()].map((text) => text.slice(0, 1000).toWellFormed());
  const vectors = await embedTexts(texts, ports, quiet);
  const vectorOf = new Map(sentences.map((sentence, index) => [sentence, vectors[index]!]));
  const starts: number[] = [];
  let start = sentences.length;
  for (const own of said) {
    starts.push(start);
    start += own.length;
  }
  return {
    grounds,
    topic,
    likeness(sentence, ground) {
      const vector = vectorOf.get(sentence);
      if (vector === undefined) return 0;
      const from = starts[ground]!;
      return Math.max(
        0,
        ...vectors.slice(from, from + said[ground]!.length).map((other) => dot(vector, other)),
      );
    },
  };
}

function measureDraft(
  lines: Round['lines'] | readonly Round['lines'][number][],
  struck: readonly string[],
  wish: RubricWish,
  read: ReadGrammar,
): RubricFinding[] {
  return measureRubric(lines, wish, read).map((finding) => {
    if (finding.name !== 'grounded' || struck.length === 0) return finding;
    const count = struck.length === 1 ? 'A sentence was' : `${struck.length} sentences were`;
    return {
      name: 'grounded',
      isMet: false,
      by: 'measure',
      note: `${count} struck: ${struck[0]!}`.slice(0, 1000),
    };
  });
}

function readCriticism(found: z.infer<typeof criticismSchema>['findings']): RubricFinding[] {
  const seen = new Set<string>();
  return found.flatMap(({ name, isMet, note }): RubricFinding[] => {
    const known = rubricNames.find(
      (own) =>
        own ===
        name
          .trim()
          .toLowerCase()
          .replaceAll(/[\s_]+/gu, '-'),
    );
    if (known === undefined || seen.has(known)) return [];
    seen.add(known);
    return [{ name: known, isMet, by: 'model', note: note.replaceAll(/\s+/gu, ' ').slice(0, 1000) }];
  });
}

function isFine({ name, by, isMet }: RubricFinding): boolean {
  return isMet || (by === 'model' && !judgedByModel.has(name));
}

function isUsable({ lines }: Round, { lengthMs }: RubricWish): boolean {
  const grounded = lines.filter(({ receipts }) => receipts.length > 0).length;
  return (
    lines.length >= leastLines && grounded >= leastLines && spokenLength(lines) >= lengthMs * leastLengthShare
  );
}

/** Measures count twice what opinions do. */
function scoreRound({ findings }: Round): number {
  return findings.reduce((sum, { by, isMet }) => sum + (isMet ? 0 : by === 'measure' ? -2 : -1), 0);
}

function dot(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < one.length; d++) sum += one[d]! * other[d]!;
  return sum;
}
