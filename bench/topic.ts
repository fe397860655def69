import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { createCarriedEncoder } from '../src/adapters/embedder/carried.ts';
import { overlapMs } from '../src/domain/time.ts';
import { shortlistUnits } from '../src/stages/shortlist/shortlist.ts';
import { embedTopic } from '../src/stages/shortlist/topic.ts';
import { divideIntoUnits } from '../src/stages/shortlist/units.ts';
import { forgetfulCache, makeContext } from '../test/fixtures/make-timeline.ts';
import { recordingPath } from '../test/recordings.ts';
import { audienceSchema, toTranscript } from './interest.ts';

/**
 * Asks for each chapter of a talk by its title as the topic, and looks where the best moment lies: `npm run bench -- topic`.
 *
 * - "in the chapter": the share of topics whose best moment (20 to 40 s) has at least half of itself in that chapter.
 * - "without a topic": the same for the best moment that is found without one; "anywhere": the chapters' mean share of a talk.
 * - "nothing is about it": how often that is said of a chapter's own title, of titles of other talks, and of subjects that
 *   have nothing to do with any.
 *
 * Chapters that are named for their place (introduction, review, credits) are left out.
 */
export async function run(args: string[]): Promise<void> {
  const folder = args.find((arg) => !arg.startsWith('--')) ?? recordingPath('audience/most-replayed');
  if (folder === undefined) {
    console.log('Skipped: the recordings have no audience/most-replayed (set PATTERNPIVOT_RECORDINGS).');
    return;
  }
  const encoder = createCarriedEncoder();
  const ports = { embedder: encoder, cache: forgetfulCache };
  const lengths = { minMs: 20_000, maxMs: 40_000, targetMs: 30_000 };
  const counts = { topics: 0, hits: 0, plainHits: 0, share: 0, missed: 0, foreign: 0, foreignNone: 0 };
  const far = { asked: 0, none: 0 };
  let previousTitle: string | undefined;
  try {
    for (const name of (await readdir(folder)).filter((file) => file.endsWith('.json')).sort()) {
      const json: unknown = JSON.parse(await readFile(join(folder, name), 'utf8'));
      const { chapters } = chaptersSchema.parse(json);
      const transcript = toTranscript(audienceSchema.parse(json));
      const units = divideIntoUnits(transcript, 30_000);
      const vectors = await encoder.embed(
        units.map((unit) => unit.text),
        {},
      );
      const ask = async (topic: string | undefined) => {
        const topicVectors = topic === undefined ? undefined : await embedTopic(topic, ports, makeContext());
        const found = shortlistUnits({ transcript }, units, vectors, { ...lengths, topic }, topicVectors);
        return {
          best: found.candidates[0],
          isNone: found.notes.some((note) => note.startsWith('Nothing in it is about')),
        };
      };
      const plain = (await ask(undefined)).best;
      const named = (chapters ?? []).filter(({ title }) => !/^(?:introduction|review|credits)/iu.test(title));
      for (const { title, start_time: start, end_time: end } of named) {
        const chapter = { startMs: start * 1000, endMs: end * 1000 };
        const isIn = (moment: { startMs: number; endMs: number } | undefined) =>
          moment !== undefined && overlapMs(moment, chapter) >= (moment.endMs - moment.startMs) / 2;
        // A comma in a title is no list of wishes.
        const { best, isNone } = await ask(title.replaceAll(/[,;]/gu, ' '));
        counts.topics += 1;
        counts.hits += isIn(best) ? 1 : 0;
        counts.plainHits += isIn(plain) ? 1 : 0;
        counts.share += (chapter.endMs - chapter.startMs) / transcript.durationMs;
        counts.missed += isNone ? 1 : 0;
        if (args.includes('--list'))
          console.log(`${isIn(best) ? '+' : '-'} ${isNone ? 'none ' : ''}${title}`);
      }
      if (previousTitle !== undefined) {
        counts.foreign += 1;
        counts.foreignNone += (await ask(previousTitle)).isNone ? 1 : 0;
      }
      previousTitle = named[0]?.title.replaceAll(/[,;]/gu, ' ') ?? previousTitle;
      for (const subject of farSubjects) {
        far.asked += 1;
        far.none += (await ask(subject)).isNone ? 1 : 0;
      }
    }
  } finally {
    await encoder.close();
  }
  const percent = (part: number, whole: number) => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
  console.log(`${counts.topics} chapters as topics`);
  console.log(`best moment in the chapter      ${percent(counts.hits, counts.topics)}`);
  console.log(`without a topic                 ${percent(counts.plainHits, counts.topics)}`);
  console.log(`anywhere                        ${percent(counts.share, counts.topics)}`);
  console.log(`"nothing is about it", own      ${percent(counts.missed, counts.topics)}`);
  console.log(`the same, another talk's        ${percent(counts.foreignNone, counts.foreign)}`);
  console.log(`the same, far subjects          ${percent(far.none, far.asked)}`);
}

const farSubjects = ['baking sourdough bread', 'mortgage rates', 'motorcycle repair', 'the Premier League'];

const chaptersSchema = z.object({
  chapters: z.array(z.object({ title: z.string(), start_time: z.number(), end_time: z.number() })).nullish(),
});
