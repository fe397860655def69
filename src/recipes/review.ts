import { basename, join } from 'node:path';
import { stat } from 'node:fs/promises';
import { isAbortError, toErrorRecord } from '../domain/errors.ts';
import type { Wish } from './decide.ts';
import { clipNumber, type ReviewedClip } from './decide-fold.ts';
import type { ReviewedPlan } from './decide-plan.ts';
import type { RecipeEvent } from './events.ts';
import { isCurrent, rejectedFolder } from './decide-files.ts';
import { readRendered, type RenderedClip } from './folder-state.ts';
import { createReviewFilms } from './review-films.ts';
import { openReviewFolder, type ReviewPorts } from './review-folder.ts';
import {
  countWords,
  describeDecision,
  playingMs,
  showWave,
  showWords,
  type ReviewMessage,
  type ReviewRendering,
  type ReviewShownClip,
  type ReviewSnapshot,
} from './review-snapshot.ts';
import { sourceName } from './source-name.ts';

/** Reviewing the clips of one source: what a page, or any other face, shows and asks for. */
export interface Review {
  /** Everything as it is now. */
  snapshot(): Promise<ReviewSnapshot>;
  /** Decides something. @throws as `decide` says */
  decide(wish: Wish): Promise<ReviewSnapshot>;
  /** Tells which clip is being looked at. */
  focus(clip: string): void;
  /** Begins to render the kept clips that are not rendered yet; nothing when it is at it already. */
  startRendering(): void;
  stopRendering(): void;
  /** The file of a clip's film or cover as it is now; undefined where there is none. */
  findFile(clip: string, kind: 'film' | 'cover'): Promise<string | undefined>;
  /** Calls a listener with everything that happens. @returns how to stop that */
  listen(listener: (message: ReviewMessage) => void): () => void;
  /** Stops all work. */
  close(): Promise<void>;
}

/** What the last notes are kept for: a page that was just opened. */
const maxNotes = 5;

/** Opens a folder of clips to be reviewed. `previewFolder` must exist, and belongs to this review. @throws not_found.folder_state */
export async function openReview(
  path: string,
  options: { readonly previewFolder: string },
  ports: ReviewPorts,
): Promise<Review> {
  const folder = await openReviewFolder(path, ports);
  const listeners = new Set<(message: ReviewMessage) => void>();
  const tell = (message: ReviewMessage) => {
    for (const listener of listeners) listener(message);
  };
  const notes: string[] = [];
  const films = createReviewFilms({ folder, cache: ports.cache, tell, ...options });
  let rendering: ReviewRendering = { isRunning: false, done: 0, total: 0, problems: [] };
  let renderJob: { readonly controller: AbortController; readonly ended: Promise<void> } | undefined;

  const addNote = (text: string) => {
    notes.push(text);
    notes.splice(0, notes.length - maxNotes);
  };
  const emit = (event: RecipeEvent) => {
    if (event.event === 'kept') {
      const [edited, put] = [basename(event.path), basename(event.newPath)];
      addNote(`You edited ${edited}: it stays as it is, and the new one is ${put}.`);
    }
    if (event.event !== 'step' || event.status !== 'progress' || event.clip === undefined) return;
    const { step, clip, progress } = event;
    if (step !== 'render' && step !== 'check' && step !== 'cover') return;
    if (progress.total === undefined || progress.total <= 0) return;
    tell({ kind: 'progress', clip, step, share: Math.min(1, progress.done / progress.total) });
  };
  const controller = new AbortController();
  const context = { signal: controller.signal, emit };

  const showClip = async (
    clip: ReviewedClip,
    plan: ReviewedPlan,
    about: Pick<ReviewShownClip, 'words' | 'wave'>,
    rendered: RenderedClip | undefined,
  ): Promise<ReviewShownClip> => {
    const { path: _path, ...film } = await films.find(clip, plan);
    const current = isCurrent(rendered, plan) && rendered?.isPreview === false;
    const failed = rendered?.check?.findings.filter((finding) => finding.status === 'failed');
    const cover = await findCover(rendered);
    return {
      name: clip.name,
      number: clipNumber(clip.name),
      title: plan.post.title,
      verdict: clip.verdict,
      isPinned: clip.isPinned,
      isEdited: clip.isEdited,
      startMs: clip.moment.startMs,
      endMs: clip.moment.endMs,
      durationMs: playingMs(plan),
      score: clip.moment.score,
      reasons: clip.moment.reasons.map(({ text, contribution }) => ({ text, contribution })),
      film,
      isRendered: current && film.status === 'ready' && film.kind === 'final',
      ...(cover === undefined
        ? {}
        : {
            coverUrl: `/cover/${encodeURIComponent(clip.name)}?v=${rendered?.timelineHash?.slice(0, 16) ?? ''}`,
          }),
      ...(current && failed !== undefined ? { failedChecks: failed.map((finding) => finding.text) } : {}),
      ...about,
      removed: plan.removed.map(({ startMs, endMs, kind, text }) => ({ startMs, endMs, kind, text })),
    };
  };

  const findCover = async (rendered: RenderedClip | undefined) => {
    const cover = rendered?.files['cover'];
    if (cover === undefined || cover !== basename(cover)) return undefined;
    // That of a rejected clip was put aside.
    for (const path of [join(folder.path, cover), join(folder.path, rejectedFolder, cover)]) {
      if ((await stat(path).catch(() => undefined))?.isFile() === true) return path;
    }
    return undefined;
  };

  const snapshot = async (): Promise<ReviewSnapshot> => {
    const { state, view, plan } = await folder.read();
    const rendered = await readRendered(folder.path);
    const counts = countWords(view.transcript);
    const clips: ReviewShownClip[] = [];
    for (const clip of view.clips) {
      const planned = plan(clip);
      const words = showWords(clip, planned, view.transcript, counts);
      const wave = showWave(clip.moment, state.sound);
      clips.push(await showClip(clip, planned, { words, wave }, rendered[clip.name]));
    }
    const last = view.effective.at(-1);
    return {
      source: { name: sourceName(state.source.path), durationMs: state.source.info.durationMs },
      folder: folder.path,
      clips,
      ...(last === undefined
        ? {}
        : {
            undo: {
              text: describeDecision(last, view),
              ...('clip' in last ? { clip: last.clip } : {}),
            },
          }),
      rendering,
      notes: [...notes],
    };
  };

  const renderKept = async (signal: AbortSignal) => {
    const { view, plan } = await folder.read();
    const rendered = await readRendered(folder.path);
    const wanted = view.clips.filter((clip) => {
      const known = rendered[clip.name];
      return clip.verdict === 'kept' && !(isCurrent(known, plan(clip)) && known?.isPreview === false);
    });
    rendering = { isRunning: true, done: 0, total: wanted.length, problems: [] };
    tell({ kind: 'changed' });
    const fail = (problem: string) => {
      rendering = { ...rendering, problems: [...rendering.problems, problem] };
    };
    for (const { name } of wanted) {
      try {
        const clip = await folder.render(name, { signal, emit });
        if (clip.problem !== undefined) fail(`${name}: ${clip.problem}`);
      } catch (error) {
        if (signal.aborted || isAbortError(error)) return;
        fail(`${name}: ${toErrorRecord(error).message}`);
      }
      rendering = { ...rendering, done: rendering.done + 1 };
      tell({ kind: 'changed' });
    }
  };

  films.update();
  return {
    snapshot,
    async decide(wish) {
      await folder.decide(wish, context);
      films.update();
      tell({ kind: 'changed' });
      return snapshot();
    },
    focus: (clip) => films.focus(clip),
    startRendering() {
      if (renderJob !== undefined) return;
      const own = new AbortController();
      const ended = films
        .pauseFor(() => renderKept(own.signal))
        .catch((error: unknown) => addNote(toErrorRecord(error).message))
        .then(() => {
          renderJob = undefined;
          rendering = { ...rendering, isRunning: false };
          tell({ kind: 'changed' });
        });
      renderJob = { controller: own, ended };
    },
    stopRendering: () => renderJob?.controller.abort(),
    async findFile(name, kind) {
      const { view, plan } = await folder.read();
      const clip = view.clips.find((other) => other.name === name);
      if (clip === undefined) return undefined;
      if (kind === 'cover') return findCover((await readRendered(folder.path))[name]);
      return (await films.find(clip, plan(clip))).path;
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      tell({ kind: 'ended' });
      controller.abort();
      renderJob?.controller.abort();
      await renderJob?.ended;
      await films.close();
    },
  };
}
