import type { InterestPoint } from '../domain/moment.ts';
import type { Source } from '../domain/source.ts';
import { frameToMs } from '../domain/time.ts';
import type { Heard } from '../stages/hear/hear.ts';
import { writePage } from '../stages/page/page.ts';
import type { PageClip } from '../stages/page/page-data.ts';
import type { OutputFolder, Placed } from './output-folder.ts';
import type { ClipPlan } from './make-request.ts';
import { sourceName } from './source-name.ts';

/** What the page of a source shows from the beginning. */
export type SourcePageContent = {
  readonly source: Source;
  readonly heard: Heard;
  readonly interest: readonly InterestPoint[];
  readonly notes: readonly string[];
  readonly plans: readonly ClipPlan[];
};

/** The page of a source while its clips are being made. */
export interface SourcePage {
  /** Writes the page with something new about one clip. */
  update(index: number, change: Partial<PageClip>): Promise<Placed>;
  /** Writes it for the last time. */
  finish(): Promise<Placed>;
}

/** Begins the page of a source: every moment is on it before the first clip is. */
export async function openSourcePage(folder: OutputFolder, content: SourcePageContent): Promise<SourcePage> {
  const { source, heard, interest, notes } = content;
  const clips = content.plans.map(({ moment, timeline }): PageClip => {
    const playingMs = frameToMs(timeline.durationFrames, timeline.frameRate);
    return { status: 'waiting', files: {}, moment, playingMs };
  });
  const write = (status: 'running' | 'finished') =>
    folder.placeText(
      'index.html',
      writePage({
        source: { name: sourceName(source.path), durationMs: source.info.durationMs },
        status,
        sound: heard.sound,
        interest,
        clips,
        notes,
      }),
    );
  await write('running');
  return {
    update(index, change) {
      const clip = clips[index];
      if (clip !== undefined) clips[index] = { ...clip, ...change };
      return write('running');
    },
    finish: () => write('finished'),
  };
}
