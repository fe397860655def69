import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { MediaInfo } from '../../domain/media.ts';
import type { Asset, Timeline } from '../../domain/timeline.ts';
import { probeMedia } from '../../media/probe.ts';
import type { StageContext } from '../stage.ts';

/** A timeline whose files were looked for, and what is known of those that are there, by asset id. */
export type MeasuredTimeline = {
  /** With the absolute path of every file that was found. */
  readonly timeline: Timeline;
  readonly media: ReadonlyMap<string, MediaInfo>;
  /** Paths of files that are not there, or are no media. */
  readonly missing: readonly string[];
};

/**
 * Looks at the files of a timeline: at their path, beside the document, and at `findPaths`, where their content was seen
 * before. What is not found stays as it is named: an editor will ask for it.
 */
export async function measureMedia(
  timeline: Timeline,
  baseFolder: string,
  findPaths: (contentHash: string) => readonly string[],
  context: StageContext,
): Promise<MeasuredTimeline> {
  const media = new Map<string, MediaInfo>();
  const missing: string[] = [];
  const assets: Asset[] = [];
  for (const asset of timeline.assets) {
    if (asset.kind !== 'file' && asset.kind !== 'image') {
      assets.push(asset);
      continue;
    }
    const named = resolve(baseFolder, asset.path);
    const path = await findFile([
      named,
      join(baseFolder, basename(asset.path)),
      ...findPaths(asset.contentHash),
    ]);
    const info = path === undefined ? undefined : await measure(path, context);
    if (info === undefined) missing.push(named);
    else media.set(asset.id, info);
    assets.push(path === undefined || path === named ? asset : { ...asset, path });
    context.report({ done: assets.length, total: timeline.assets.length, unit: 'files' });
  }
  return { timeline: { ...timeline, assets }, media, missing };
}

/** What a file is; undefined where it is no media that can be read. */
export async function measure(path: string, context: StageContext): Promise<MediaInfo | undefined> {
  try {
    return await probeMedia(path, { signal: context.signal });
  } catch {
    context.signal.throwIfAborted();
    return undefined;
  }
}

async function findFile(paths: readonly string[]): Promise<string | undefined> {
  for (const path of new Set(paths)) {
    if ((await stat(path).catch(() => undefined))?.isFile() === true) return path;
  }
  return undefined;
}
