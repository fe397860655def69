import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeLibraryTalks } from '../test/fixtures/library-talks.ts';
import { runPivot } from '../test/end-to-end/run-pivot.ts';
import { checkReportSchema } from '../src/domain/rendition.ts';
import { scriptSchema } from '../src/domain/script.ts';
import { parseTimelineText } from '../src/domain/timeline-parse.ts';
import { scoreWords } from '../src/domain/word-errors.ts';
import type { MadeClip } from '../src/recipes/events.ts';
import { integratedLoudness, musicUnderVoice, pictureMisses, sentenceTimes } from './create-measures.ts';

/** Created shorts: whether what is spoken is understood, pictures change between sentences, and music stays under the voice. */

/** `[film.mp4]`: measures a created short that is there; without one it makes a library and a short of it. */
export async function run(args: string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-create-'));
  try {
    const startedAt = performance.now();
    const film = args[0] ?? (await makeShort(folder));
    if (args[0] === undefined) console.log(`made in ${Math.round((performance.now() - startedAt) / 1000)} s`);
    await measure(film, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeShort(folder: string): Promise<string> {
  const talks = await makeLibraryTalks();
  const options = { cwd: folder, env: {} };
  const added = await runPivot(['add', ...talks.map(({ path }) => path), '--library', 'library'], options);
  if (added.exitCode !== 0) throw new Error(added.stderr);
  const made = await runPivot(
    ['create', 'why people are late', '--library', 'library', '--length', '30', '--json'],
    options,
  );
  if (made.exitCode !== 0) throw new Error(made.stderr);
  const clips = made.stdout.split('\n').flatMap((line): MadeClip[] => {
    if (!line.startsWith('{"event":"clip"')) return [];
    return [(JSON.parse(line) as { clip: MadeClip }).clip];
  });
  const video = clips[0]?.files['video'];
  if (video === undefined) throw new Error(made.stderr);
  return video;
}

async function measure(film: string, cwd: string): Promise<void> {
  const folder = dirname(film);
  const timeline = parseTimelineText(await readFile(film.replace(/\.mp4$/u, '.timeline.json'), 'utf8'));
  const script = scriptSchema.parse(JSON.parse(await readFile(join(folder, 'script.json'), 'utf8')));
  const texts = script.lines.map(({ text }) => text);
  const times = sentenceTimes(timeline, texts);
  const checked = await runPivot(['check', film, '--json'], { cwd, env: {} });
  if (checked.stdout.includes('"event":"error"') || checked.stdout === '')
    throw new Error(`${checked.stdout}${checked.stderr}`);
  const heard = checkReportSchema.parse(JSON.parse(checked.stdout).films[0].measured).heard;
  const { rate } = scoreWords(texts.join(' '), heard, 'spoken-english');
  console.log(`heard back    ${(rate * 100).toFixed(1)} % word errors (spoken-english), at most 10 %`);
  const misses = pictureMisses(timeline, times);
  console.log(
    `pictures      ${misses.length} changes, ${misses.filter((miss) => miss > 1).length} of them off the pause between sentences by more than a frame`,
  );
  const under = await musicUnderVoice(timeline, folder, times);
  const least = Math.min(...under);
  const sorted = under.toSorted((a, b) => a - b);
  console.log(
    `music         ${least.toFixed(1)} LU under the voice at the least of ${under.length} sentences, ${sorted[Math.floor(sorted.length / 2)]?.toFixed(1)} in the middle; at least 12`,
  );
  console.log(`all           ${(await integratedLoudness(film)).toFixed(1)} LUFS, −14 wanted`);
}
