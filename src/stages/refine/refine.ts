import { PatternPivotError } from '../../domain/errors.ts';
import { groupSentences, type Transcript, type Word } from '../../domain/transcript.ts';
import type { Embedder } from '../../ports/embedder.ts';
import { embedTexts } from '../shortlist/embeddings.ts';
import type { StageCache, StageContext } from '../stage.ts';
import { alignWritten, splitWritten, writeGroup } from './align-words.ts';
import {
  askForDraft,
  askForProblems,
  askForRevision,
  type RefinerPorts,
  type Remark,
  type Window,
} from './ask-refiner.ts';
import { findFault, minLikeness } from './judge-correction.ts';

/** How a transcript is refined. */
export type RefineOptions = {
  readonly glossary: readonly string[];
  /** Draft, and then criticism and revision, so many times in all at most. 1: the draft alone. */
  readonly rounds: number;
};

/** A sentence that was corrected, and when it is said, in ms. */
export type Change = { readonly startMs: number; readonly heard: string; readonly written: string };

/** A correction that was not taken, and why. */
export type Refused = Change & { readonly why: string };

/** A transcript with its corrections. */
export type Refined = {
  readonly transcript: Transcript;
  readonly changes: readonly Change[];
  readonly refused: readonly Refused[];
  readonly notes: readonly string[];
};

/** What refining takes from the world. */
export type RefinePorts = RefinerPorts & { readonly embedder: Embedder; readonly cache: StageCache };

/** So many sentences and characters are shown at once: enough to understand, few enough to answer well. */
const windowSentences = 12;
const windowChars = 2000;

/**
 * Has a chat model correct a transcript in windows of sentences: a draft, then criticism and revision until nothing changes or the rounds
 * are over. Every word keeps its time. A correction that goes beyond its bounds is refused and listed; an answer of no use leaves its
 * window as it was heard. Replies are cached.
 * @throws provider.* when the model cannot be reached or refuses
 */
export async function refine(
  transcript: Transcript,
  options: RefineOptions,
  ports: RefinePorts,
  context: StageContext,
): Promise<Refined> {
  const words: Word[] = [];
  const changes: Change[] = [];
  const refused: Refused[] = [];
  const notes: string[] = [];
  const { sentences } = transcript;
  for (const { from, to } of divideIntoWindows(transcript)) {
    context.signal.throwIfAborted();
    context.report({ done: from, total: sentences.length, unit: 'sentences' });
    const members = sentences.slice(from, to);
    const window: Window = {
      sentences: members.map(({ text }, index) => ({ id: `s${index + 1}`, text })),
      before: sentences[from - 1]?.text ?? '',
      glossary: options.glossary,
      language: transcript.language,
    };
    const judged = await refineWindow(window, options, ports, context, notes, members[0]?.startMs ?? 0);
    for (const [index, sentence] of members.entries()) {
      const { startMs, text: heard } = sentence;
      const id = `s${index + 1}`;
      const own = transcript.words.slice(sentence.wordStart, sentence.wordEnd);
      const written = judged.now.get(id) ?? heard;
      words.push(...(written === heard ? own : rewrite(own, written)));
      if (written !== heard) changes.push({ startMs, heard, written });
      for (const no of judged.refused) {
        if (no.id === id) refused.push({ startMs, heard, written: no.text.slice(0, 500), why: no.why });
      }
    }
  }
  context.report({ done: sentences.length, total: sentences.length, unit: 'sentences' });
  const source =
    changes.length === 0 ? transcript.source : `${transcript.source}, refined by ${ports.chat.model}`;
  return {
    transcript: { ...transcript, source, words, sentences: groupSentences(words) },
    changes,
    refused,
    notes,
  };
}

function divideIntoWindows({ sentences }: Transcript): { from: number; to: number }[] {
  const windows: { from: number; to: number }[] = [];
  let from = 0;
  let chars = 0;
  for (const [index, { text }] of sentences.entries()) {
    if (index > from && (index - from >= windowSentences || chars + text.length > windowChars)) {
      windows.push({ from, to: index });
      from = index;
      chars = 0;
    }
    chars += text.length;
  }
  if (from < sentences.length) windows.push({ from, to: sentences.length });
  return windows;
}

type Judged = {
  readonly now: ReadonlyMap<string, string>;
  readonly refused: readonly (Remark & { readonly why: string })[];
};

async function refineWindow(
  window: Window,
  { glossary, rounds }: RefineOptions,
  ports: RefinePorts,
  context: StageContext,
  notes: string[],
  atMs: number,
): Promise<Judged> {
  const now = new Map(window.sentences.map(({ id, text }) => [id, text]));
  const heard = new Map(now);
  const refused = new Map<string, Remark & { why: string }>();
  const take = async (remarks: readonly Remark[]): Promise<boolean> => {
    let isChanged = false;
    for (const { id, text } of remarks) {
      const said = heard.get(id);
      if (said === undefined || text === now.get(id)) continue;
      const why = text === said ? undefined : await judge(said, text, glossary, ports, context);
      if (why !== undefined) refused.set(`${id} ${text}`, { id, text, why });
      else {
        now.set(id, text);
        isChanged = true;
      }
    }
    return isChanged;
  };
  try {
    await take(await askForDraft(window, ports, context));
    for (let round = 2; round <= rounds; round++) {
      const problems = await askForProblems(window, now, ports, context);
      const known = problems.filter(({ id }) => heard.has(id));
      if (known.length === 0) break;
      if (!(await take(await askForRevision(window, now, known, ports, context)))) break;
    }
  } catch (error) {
    // One answer of no use is no reason to give up the rest: what was taken so far stays.
    if (!(error instanceof PatternPivotError) || error.code !== 'provider.answer_unusable') throw error;
    notes.push(
      `From ${Math.round(atMs / 1000)} s on, ${error.message.replace(/\.$/u, '')}: what was heard there stays.`,
    );
  }
  return { now, refused: [...refused.values()] };
}

/** Why a correction is refused: its words, else its meaning. */
async function judge(
  heard: string,
  written: string,
  glossary: readonly string[],
  ports: RefinePorts,
  context: StageContext,
): Promise<string | undefined> {
  const fault = findFault(heard, written, glossary);
  if (fault !== undefined) return fault;
  const [one, other] = await embedTexts([heard, written], ports, { ...context, report: () => {} });
  if (one === undefined || other === undefined) return undefined;
  const likeness = one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);
  if (likeness >= minLikeness) return undefined;
  return `it does not mean the same: likeness ${likeness.toFixed(2)}, at least ${minLikeness} is wanted`;
}

function rewrite(heard: readonly Word[], written: string): Word[] {
  const groups = alignWritten(
    heard.map(({ text }) => text),
    splitWritten(written),
  );
  return groups.flatMap((group) => writeGroup(heard, group));
}
