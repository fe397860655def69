import { copyFile } from 'node:fs/promises';
import { isAbortError, PatternPivotError } from '../../domain/errors.ts';
import type { LibraryAsset } from '../../domain/library.ts';
import type { Receipt, Script } from '../../domain/script.ts';
import type { Seen } from '../../domain/shot.ts';
import type { Source } from '../../domain/source.ts';
import { look } from '../../stages/look/look.ts';
import { mainPicture } from '../../stages/frame/frame-source.ts';
import { chooseStill, type StillChoice } from '../../stages/picture/choose-still.ts';
import type { Canvas } from '../../stages/captions/safe-box.ts';
import { takeFrames } from '../../stages/screenshot/take-frames.ts';
import type { StageContext } from '../../stages/stage.ts';
import { runStep, type RecipeContext } from '../events.ts';
import { readAsset } from '../library/assets.ts';
import type { Library } from '../library/library.ts';
import { locateAsset, type LocatePorts } from '../library/locate.ts';
import type { MakePorts } from '../make-request.ts';

/** A picture of a source at the time of a passage. */
export type Still = StillChoice & {
  readonly path: string;
  readonly contentHash: string;
  readonly asset: LibraryAsset;
  /** The passage that it stands for. */
  readonly receipt: Receipt;
};

/** Counted up when the same time would give another picture. */
const stillVersion = 1;

/** A passage that is shorter than this is looked at a little around, in ms. */
const leastLookedAtMs = 2400;

/** The sources of a script that can be seen, by asset id. A source that is gone, or has no picture, is left out with a note. */
type Sources = ReadonlyMap<
  string,
  { readonly asset: LibraryAsset; readonly source: Source; readonly seen: readonly Seen[] }
>;

/**
 * A picture for each line of a script, of the source and the time at which that was said; undefined where there is none to be seen. A line
 * that claims nothing gets one of its neighbour's source. No two are of the same moment where there is another.
 */
export async function gatherStills(
  library: Library,
  script: Pick<Script, 'lines'>,
  canvas: Canvas,
  pathFor: (ending: string) => string,
  ports: Pick<MakePorts, 'openSource' | 'cache'> & LocatePorts,
  context: RecipeContext,
): Promise<(Still | undefined)[]> {
  const receipts = script.lines.map((_, index) => receiptsNear(script.lines, index));
  const sources = await openSources(library, receipts.flat(), ports, context);
  const chosen = receipts.map((own) => own.find(({ assetId }) => sources.has(assetId)));
  const taken = new Map<string, number[]>();
  const picks = chosen.map((receipt) => {
    const own = receipt === undefined ? undefined : sources.get(receipt.assetId);
    const picture = own === undefined ? undefined : mainPicture(own.source);
    if (receipt === undefined || own === undefined || picture === undefined) return undefined;
    const times = taken.get(receipt.assetId) ?? [];
    const size = { width: picture.video.displayWidth, height: picture.video.displayHeight };
    const range = widen(receipt, own.source.info.durationMs);
    const choice = chooseStill(own.seen, range, { picture: size, canvas, taken: times });
    if (choice === undefined) return undefined;
    taken.set(receipt.assetId, [...times, choice.atMs]);
    return { choice, receipt, asset: own.asset, picture };
  });
  return runStep(
    context,
    'shoot',
    async (step) => {
      const stills: (Still | undefined)[] = [];
      for (const [index, pick] of picks.entries()) {
        step.report({ done: index, total: picks.length, unit: 'pictures' });
        if (pick === undefined) {
          stills.push(undefined);
          continue;
        }
        const { choice, receipt, asset, picture } = pick;
        const path = pathFor('.png');
        await ports.cache.rememberFile(
          {
            name: 'still',
            version: stillVersion,
            inputs: { contentHash: asset.contentHash, atMs: choice.atMs },
            run: (temporary) => takeStill(picture.path, choice.atMs - picture.offsetMs, temporary, step),
          },
          path,
        );
        stills.push({ ...choice, receipt, asset, path, contentHash: await ports.hashFile(path, step) });
      }
      return stills;
    },
    { detail: (stills) => `${stills.filter((still) => still !== undefined).length} pictures` },
  );
}

async function takeStill(
  source: string,
  atMs: number,
  path: string,
  { signal }: StageContext,
): Promise<void> {
  await takeFrames(
    source,
    { format: 'png', atMs: [Math.max(0, atMs)] },
    (temporary) => copyFile(temporary, path),
    { signal, report: () => {} },
  );
}

/** A line's own receipts; of a line without any those of the nearest that has some, the one before it first. */
function receiptsNear(lines: Script['lines'], index: number): readonly Receipt[] {
  for (let away = 0; away < lines.length; away++) {
    for (const near of [index - away, index + away]) {
      const own = lines[near]?.receipts ?? [];
      if (own.length > 0) return own;
    }
  }
  return [];
}

async function openSources(
  library: Library,
  receipts: readonly Receipt[],
  ports: Pick<MakePorts, 'openSource' | 'cache'> & LocatePorts,
  context: RecipeContext,
): Promise<Sources> {
  const sources = new Map<string, { asset: LibraryAsset; source: Source; seen: readonly Seen[] }>();
  const byAsset = Map.groupBy(receipts, ({ assetId }) => assetId);
  await runStep(
    context,
    'look',
    async (step) => {
      for (const [assetId, own] of byAsset) {
        const asset = await readAsset(library, assetId);
        if (asset === undefined || asset.kind !== 'video') continue;
        try {
          const { path } = await locateAsset(library, asset, ports, step);
          const source = await ports.openSource(path, step);
          if (mainPicture(source) === undefined) continue;
          const ranges = own.map((receipt) => widen(receipt, source.info.durationMs));
          const seen = await look(source, ranges, { cache: ports.cache, faces: true }, step);
          sources.set(assetId, { asset, source, seen });
        } catch (error) {
          if (isAbortError(error) || !(error instanceof PatternPivotError)) throw error;
          context.signal.throwIfAborted();
          context.emit({ event: 'note', text: `"${asset.title}" is not shown: ${error.message}` });
        }
      }
    },
    { detail: () => (sources.size === 1 ? '1 source' : `${sources.size} sources`) },
  );
  return sources;
}

function widen({ startMs, endMs }: Receipt, durationMs: number) {
  const missing = Math.max(0, leastLookedAtMs - (endMs - startMs)) / 2;
  return {
    startMs: Math.max(0, Math.floor(startMs - missing)),
    endMs: Math.min(durationMs, Math.ceil(endMs + missing)),
  };
}
