import { basename } from 'node:path';
import { PatternPivotError } from '../domain/errors.ts';
import { postSchema, type Post } from '../domain/post.ts';
import type { Timeline } from '../domain/timeline.ts';
import { readTextFile } from './read-text.ts';

/** The largest post that is read, in bytes. */
const maxPostBytes = 4_000_000;

/** What goes with the clip when it is posted: its own post where there is one, else what its timeline tells. */
export async function readPost(path: string, timeline: Timeline): Promise<Post> {
  try {
    const parsed = postSchema.safeParse(JSON.parse(await readTextFile(path, { maxBytes: maxPostBytes })));
    if (parsed.success) return parsed.data;
  } catch (error) {
    const isMissing = error instanceof PatternPivotError && error.code === 'input.missing';
    if (!isMissing && !(error instanceof SyntaxError)) throw error;
  }
  const file = timeline.assets.find((asset) => asset.kind === 'file');
  const words = timeline.captions.cues.flatMap((cue) => cue.words.map(({ text }) => text)).join(' ');
  return {
    version: 1,
    title: [...timeline.name].slice(0, 100).join(''),
    description: '',
    tags: [],
    source: {
      name: file === undefined ? '' : basename(file.path),
      contentHash: file?.contentHash ?? '',
      range: { startMs: 0, endMs: file?.durationMs ?? 0 },
      before: '',
      words,
      after: '',
    },
    score: 0,
    why: 'Its timeline was given.',
    reasons: [],
    chosenBy: 'a person',
  };
}
