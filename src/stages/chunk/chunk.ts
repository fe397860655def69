import { joinWords } from '../../domain/caption-join.ts';
import type { Corpus, TranscriptChunk } from '../../domain/library.ts';
import { groupSentences, type Transcript, type Word } from '../../domain/transcript.ts';
import { kindOf } from './kind.ts';
import type { Unit } from './units.ts';

/** How long a chunk may be, in characters, and how many sentences it shares with the one before it. */
export type Chunking = Corpus['chunking'];

/** Counted up whenever the same transcript would be cut otherwise. */
const chunkingVersion = 1;

/** A silence this long parts what is said before it from what is said after, in ms: no chunk reaches over it. */
const breakMs = 5000;

/** Names a way of cutting: indexes and caches of chunks that were cut another way have another name. */
export function chunkingName(chunking: Chunking): string {
  return `chunks-${chunkingVersion}-${chunking.maxChars}-${chunking.overlapSentences}`;
}

/**
 * Cuts a transcript into chunks of whole sentences, each of at most `maxChars` characters, that begin with the last sentences of
 * the chunk before them. A chunk has one speaker and no silence of 5 s in it. A sentence longer than `maxChars` is cut between
 * words; only a single word may be longer. Times are those of the first and the last word. By LangChain's text splitters.
 */
export async function chunkTranscript(
  transcript: Pick<Transcript, 'words' | 'sentences'>,
  assetId: string,
  chunking: Chunking,
): Promise<TranscriptChunk[]> {
  // Loaded only here: LangChain takes long to load, and most commands cut nothing.
  const [{ splitIntoUnits }, { UnitSplitter }] = await Promise.all([
    import('./units.ts'),
    import('./unit-splitter.ts'),
  ]);
  const { words } = transcript;
  const sentences = transcript.sentences.length > 0 ? transcript.sentences : groupSentences(words);
  const units = await splitIntoUnits(words, sentences, chunking.maxChars);
  const splitter = new UnitSplitter(chunking);
  const chunks: TranscriptChunk[] = [];
  for (const run of splitIntoRuns(units)) {
    for (const { start, end } of splitter.splitUnits(run, words)) {
      const members = run.slice(start, end);
      chunks.push(chunkOf(members, words, assetId, chunks.length));
    }
  }
  return chunks;
}

/** Units that may stand together: of one speaker, and without a long silence. */
function splitIntoRuns(units: readonly Unit[]): Unit[][] {
  const runs: Unit[][] = [];
  for (const unit of units) {
    const last = runs.at(-1)?.at(-1);
    const belongs =
      last !== undefined && last.speaker === unit.speaker && unit.startMs - last.endMs < breakMs;
    if (belongs) runs.at(-1)?.push(unit);
    else runs.push([unit]);
  }
  return runs;
}

function chunkOf(
  units: readonly Unit[],
  words: readonly Word[],
  assetId: string,
  number: number,
): TranscriptChunk {
  const first = units[0]!;
  const last = units.at(-1)!;
  const spoken = words.slice(first.wordStart, last.wordEnd);
  return {
    id: `${assetId}:${number}`,
    assetId,
    sentenceStart: first.sentence,
    sentenceEnd: last.sentence + 1,
    startMs: first.startMs,
    endMs: units.reduce((latest, unit) => Math.max(latest, unit.endMs), 0),
    text: joinWords(spoken.map((word) => word.text)),
    kind: kindOf(units.map((unit) => unit.text)),
    ...(first.speaker === undefined ? {} : { speaker: first.speaker }),
  };
}
