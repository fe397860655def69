import { copyFile, link, readFile, rm, writeFile } from 'node:fs/promises';
import type { Post } from '../src/domain/post.ts';
import { mainAudio, mainVideo } from '../src/domain/media.ts';
import type { PlatformName } from '../src/domain/platforms.ts';
import type { Timeline } from '../src/domain/timeline.ts';
import { probeMedia } from '../src/media/probe.ts';
import type { EncodedStream, GraphInput } from '../src/media/render-graph.ts';
import { runRender } from '../src/media/run-render.ts';

/** Finished clips, and what can be done to them: each fault is a file of its own with papers beside it. */

/** A finished clip as the program made it. `stem`: its path without an ending. */
export type MadeClip = {
  readonly stem: string;
  readonly post: Post;
  readonly timeline: Timeline;
  readonly srt: string;
};

/** The clips that faults are made of. */
export type MadeClips = {
  /** Some 8 s, and some 18 s: sounds are told apart from 12 s on. */
  readonly short: MadeClip;
  readonly long: MadeClip;
};

/** A fault, or a clip that is good. */
export type Kind = {
  readonly name: string;
  /** The rule that must stop it, or the code of the error; with `!` before it: that must warn. Left out for good clips. */
  readonly expected?: string;
  readonly platforms?: readonly PlatformName[];
  /** Whether the long clip counts as published. */
  readonly isPublished?: boolean;
  /** Writes the clip; @returns its ending, `.mp4` where it says none. */
  make(clips: MadeClips, stem: string): Promise<string | void>;
};

/** Reads a clip that lies on disk. */
export async function readClip(stem: string): Promise<MadeClip> {
  const read = (ending: string) => readFile(`${stem}${ending}`, 'utf8');
  return {
    stem,
    post: JSON.parse(await read('.post.json')) as Post,
    timeline: JSON.parse(await read('.timeline.json')) as Timeline,
    srt: await read('.srt'),
  };
}

/** What lies beside a film; undefined: as beside the good one; `null`: nothing. */
export type Papers = {
  readonly post?: Partial<Post> | string | null;
  readonly timeline?: Timeline | null;
  readonly srt?: string | null;
  readonly cover?: Uint8Array | null;
};

/** Puts a clip's papers beside another film. */
export async function putPapers(clip: MadeClip, stem: string, papers: Papers): Promise<void> {
  const { post, timeline, srt, cover } = papers;
  if (post !== null) {
    const text = typeof post === 'string' ? post : JSON.stringify({ ...clip.post, ...post });
    await writeFile(`${stem}.post.json`, text);
  }
  if (timeline !== null) {
    await writeFile(`${stem}.timeline.json`, JSON.stringify(timeline ?? clip.timeline));
  }
  if (srt !== null) await writeFile(`${stem}.srt`, srt ?? clip.srt);
  if (cover === undefined) await copyFile(`${clip.stem}.jpg`, `${stem}.jpg`);
  else if (cover !== null) await writeFile(`${stem}.jpg`, cover);
}

/** A good film with other papers. */
export async function withPapers(clip: MadeClip, stem: string, papers: Papers): Promise<void> {
  await rm(`${stem}.mp4`, { force: true });
  await link(`${clip.stem}.mp4`, `${stem}.mp4`);
  await putPapers(clip, stem, papers);
}

/** No papers at all: a film that anybody gave. */
export const bare: Papers = { post: null, timeline: null, srt: null, cover: null };

/** How a film is encoded anew. */
export type Edit = {
  /** Filters on the picture and on the sound; `null`: none of it. */
  readonly picture?: string | null;
  readonly sound?: string | null;
  readonly encoder?: string;
  readonly encoderOptions?: Readonly<Record<string, string>>;
  readonly soundEncoder?: string;
  /** Pictures in this form. Default: yuv420p. */
  readonly pixels?: string;
  /** FFmpeg's muxer. Default: mp4, its index first. */
  readonly format?: string;
  readonly formatOptions?: Readonly<Record<string, string>>;
  /** The whole graph from `[v]` and `[a]` to `[vo]` and `[ao]`, where lines do not do. */
  readonly graph?: string;
};

/** Encodes a film anew with something done to it. */
export async function editFilm(from: string, to: string, edit: Edit): Promise<void> {
  const info = await probeMedia(from);
  const [video, audio] = [mainVideo(info), mainAudio(info)];
  const hasPicture = edit.picture !== null && video !== undefined;
  const hasSound = edit.sound !== null && audio !== undefined;
  const input = (index: number, label: string): GraphInput => ({
    path: from,
    fromSeconds: 0,
    toSeconds: Number.MAX_SAFE_INTEGER,
    neededAtSeconds: 0,
    speed: 1,
    streams: [{ index, label }],
  });
  const pixels = `format=${edit.pixels ?? 'yuv420p'}`;
  const samples = `aresample=48000,aformat=sample_fmts=${edit.soundEncoder?.startsWith('pcm') === true ? 's16' : 'fltp'},asetnsamples=n=1024:p=0`;
  const lines = [
    ...(hasPicture ? [`[v]${edit.picture ?? 'null'},${pixels}[vo]`] : []),
    ...(hasSound ? [`[a]${edit.sound ?? 'anull'},${samples}[ao]`] : []),
  ];
  const streams: EncodedStream[] = [
    ...(hasPicture
      ? [
          {
            kind: 'video' as const,
            label: 'vo',
            encoder: edit.encoder ?? 'libx264',
            options: edit.encoderOptions ?? { preset: 'ultrafast', crf: '20' },
          },
        ]
      : []),
    ...(hasSound
      ? [{ kind: 'audio' as const, label: 'ao', encoder: edit.soundEncoder ?? 'aac', options: {} }]
      : []),
  ];
  await runRender({
    inputs: [
      ...(hasPicture ? [input(video.index, 'v')] : []),
      ...(hasSound ? [input(audio.index, 'a')] : []),
    ],
    filters: edit.graph ?? lines.join(';'),
    outputs: [
      {
        kind: 'file',
        path: to,
        format: edit.format ?? 'mp4',
        formatOptions: edit.formatOptions ?? { movflags: '+faststart' },
        streams,
      },
    ],
    durationSeconds: info.durationMs / 1000,
    files: [],
  });
}

/** A kind that is the short clip encoded anew, with its own papers. */
export function edited(
  name: string,
  expected: string,
  edit: Edit,
  more: { readonly platforms?: readonly PlatformName[]; readonly papers?: Papers } = {},
): Kind {
  return {
    name,
    expected,
    ...(more.platforms === undefined ? {} : { platforms: more.platforms }),
    async make({ short }, stem) {
      await editFilm(`${short.stem}.mp4`, `${stem}.mp4`, edit);
      await putPapers(short, stem, more.papers ?? {});
    },
  };
}

/** A kind whose film is good, and whose papers are not. */
export function filed(
  name: string,
  expected: string,
  papers: Papers | ((clip: MadeClip) => Papers),
  platforms?: readonly PlatformName[],
): Kind {
  return {
    name,
    expected,
    ...(platforms === undefined ? {} : { platforms }),
    make: ({ short }, stem) => withPapers(short, stem, typeof papers === 'function' ? papers(short) : papers),
  };
}
