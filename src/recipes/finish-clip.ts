import { join } from 'node:path';
import { formatSrt, formatVtt } from '../domain/caption-files.ts';
import { isAbortError, PatternPivotError, toErrorRecord } from '../domain/errors.ts';
import type { Post } from '../domain/post.ts';
import type { CheckReport, Finding } from '../domain/rendition.ts';
import { checkRendition } from '../stages/check/check.ts';
import { makeCover } from '../stages/cover/cover.ts';
import type { PageClip } from '../stages/page/page-data.ts';
import { renderTimeline } from '../stages/render/render.ts';
import { runStep, type MadeClip, type RecipeContext } from './events.ts';
import type { noteRendered } from './folder-state.ts';
import type { ClipPlan, MakeOptions, MakePorts } from './make-request.ts';
import type { OutputFolder, Placed } from './output-folder.ts';

/** A clip that was tried, and what the page says of it. */
export type FinishedClip = {
  readonly clip: MadeClip;
  readonly page: Partial<PageClip>;
  /** What lies in the folder now, to be noted there; left out where nothing could be made. */
  readonly rendered?: Parameters<typeof noteRendered>[2];
};

/** JSON for a person to read and edit. */
export function formatDocument(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/**
 * Renders one clip, checks it, and puts it with all its papers into the folder; the film comes last, so where it is, it is
 * whole and complete. A clip that fails its check is kept and says so; one that cannot be rendered is reported, and the others go on.
 * @throws cancelled.*, tool.disk_full and other errors that the next clip would meet as well
 */
export async function finishClip(
  plan: Pick<ClipPlan, 'name' | 'timeline'>,
  post: Post,
  folder: OutputFolder,
  options: Pick<MakeOptions, 'isPreview' | 'hasCoverTitle'>,
  ports: Pick<MakePorts, 'transcriber' | 'openSpeechDetector' | 'cache'>,
  context: RecipeContext,
): Promise<FinishedClip> {
  try {
    return await finish(plan, post, folder, options, ports, context);
  } catch (error) {
    if (concernsAll(error)) throw error;
    const problem = toErrorRecord(error).message;
    return {
      clip: {
        name: plan.name,
        title: post.title,
        status: 'missing',
        isFresh: false,
        files: {},
        problem,
        failedFindings: [],
      },
      page: { status: 'failed', problem, post },
    };
  }
}

async function finish(
  { name, timeline }: Pick<ClipPlan, 'name' | 'timeline'>,
  post: Post,
  folder: OutputFolder,
  { isPreview, hasCoverTitle }: Pick<MakeOptions, 'isPreview' | 'hasCoverTitle'>,
  ports: Pick<MakePorts, 'transcriber' | 'openSpeechDetector' | 'cache'>,
  context: RecipeContext,
): Promise<FinishedClip> {
  const film = folder.temporaryPath('.mp4');
  const place = { baseFolder: folder.path };
  const { fresh } = await runStep(
    context,
    'render',
    (step) => renderTimeline(timeline, { ...place, outputPath: film, preview: isPreview }, ports, step),
    { clip: name, detail: (rendered) => (rendered.fresh ? '' : 'kept from before') },
  );
  const report = isPreview
    ? undefined
    : await runStep(context, 'check', (step) => checkRendition(film, timeline, ports, step), {
        clip: name,
        detail: (checked) => checked.status,
      });
  const cover = folder.temporaryPath('.jpg');
  const title = hasCoverTitle ? post.title : undefined;
  await runStep(
    context,
    'cover',
    (step) => makeCover(timeline, { ...place, outputPath: cover, title }, ports, step),
    { clip: name },
  );

  const { cues } = timeline.captions;
  const placed = {
    timeline: await folder.placeText(`${name}.timeline.json`, formatDocument(timeline)),
    // Where nobody says a word there are no captions: platforms refuse empty ones.
    ...(cues.length === 0
      ? {}
      : {
          srt: await folder.placeText(`${name}.srt`, formatSrt(cues)),
          vtt: await folder.placeText(`${name}.vtt`, formatVtt(cues)),
        }),
    post: await folder.placeText(`${name}.post.json`, formatDocument(post)),
    cover: await folder.place(`${name}.jpg`, cover),
    video: await folder.place(isPreview ? `${name}.preview.mp4` : `${name}.mp4`, film),
  };
  for (const file of Object.values(placed)) emitKept(folder, file, context);
  const names = Object.entries(placed).map(([kind, file]) => [kind, file.name] as const);
  const files = Object.fromEntries(names.map(([kind, file]) => [kind, join(folder.path, file)]));
  const failedFindings = listFailures(report);
  return {
    clip: {
      name,
      title: post.title,
      status: failedFindings.length > 0 || report?.status === 'failed' ? 'failed' : 'made',
      isFresh: fresh,
      files,
      ...(failedFindings.length === 0
        ? {}
        : { problem: failedFindings.map((finding) => finding.text).join(' ') }),
      failedFindings,
    },
    page: { status: 'done', files: Object.fromEntries(names), post, check: report },
    rendered: {
      timeline,
      files: Object.fromEntries(names),
      isPreview,
      ...(report === undefined ? {} : { check: report }),
    },
  };
}

/** Tells the user that a file of theirs was left alone, and where the new one is. */
export function emitKept(folder: OutputFolder, { name, keptName }: Placed, context: RecipeContext): void {
  if (keptName === undefined) return;
  context.emit({ event: 'kept', path: join(folder.path, keptName), newPath: join(folder.path, name) });
}

/** What a check found wrong; nothing where none was made. */
export function listFailures(report: CheckReport | undefined): Finding[] {
  return (report?.findings ?? []).filter((finding) => finding.status === 'failed');
}

/** Whether the next clip would fail just the same. */
function concernsAll(error: unknown): boolean {
  if (isAbortError(error)) return true;
  if (!(error instanceof PatternPivotError)) return false;
  return ['tool.disk_full', 'input.not_writable', 'input.no_permission', 'tool.blob_lost'].includes(
    error.code,
  );
}
