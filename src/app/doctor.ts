import { mkdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { join } from 'node:path';
import { createCarriedEncoder } from '../adapters/embedder/carried.ts';
import { openSilero } from '../adapters/speech-detector/silero.ts';
import { createMoonshine } from '../adapters/transcriber/moonshine.ts';
import { toErrorRecord } from '../domain/errors.ts';
import { withFileErrors } from '../domain/file-error.ts';
import { reportFfmpeg } from '../media/ffmpeg-report.ts';
import { readFreeBytes } from '../recipes/disk-room.ts';
import { fontNames, loadFont } from '../stages/captions/fonts.ts';
import { readChatKey } from './chat-key.ts';
import type { Config } from './config.ts';
import { examineEmbedder } from './doctor-embedder.ts';
import { openMeters } from './meters.ts';
import { examineBrowser, examineRecords, examineYouTube } from './doctor-services.ts';
import { examineVectors } from './doctor-vectors.ts';
import { defaultWorkspace, describeWorkspace } from './workspace.ts';

/** One thing that was looked at: whether it works, and how to mend it where it doesn't. */
export type Diagnosis = {
  readonly name: string;
  /** `works`; `broken`: nothing can be made without it; `poor`: it works less well; `off`: it is not set up and not needed. */
  readonly status: 'works' | 'broken' | 'poor' | 'off';
  readonly text: string;
  readonly hint?: string;
};

/** What rendering beside recognition needs, measured on 1080p sources, and what ten clips want on the disk. In bytes. */
const wantedMemoryBytes = 2_000_000_000;
const wantedDiskBytes = 2_000_000_000;

const chatTimeoutMs = 5000;

type Examination = () => Promise<Omit<Diagnosis, 'name'>>;

/** Looks at everything that the program needs on this machine, by using it. */
export async function examine(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Diagnosis[]> {
  const workspace = describeWorkspace(config.workspace ?? defaultWorkspace(process.platform, env)).folder;
  const examinations: Record<string, Examination> = {
    Node: examineNode,
    FFmpeg: examineFfmpeg,
    'Speech recognition': examineSpeech,
    'Speech detection': examineDetector,
    'Sentence encoder': examineEncoder,
    Fonts: examineFonts,
    Workspace: () => examineFolder(workspace, 'PATTERNPIVOT_WORKSPACE'),
    Memory: examineMemory,
    'Library embedder': () =>
      examineEmbedder({ config, env, workspaceFolder: workspace, meterAt: meters.meterAt }),
    'Index of meanings': () => examineVectors(config, env),
    Records: () => examineRecords(config, env),
    YouTube: () => examineYouTube(config, env),
    Browser: () => examineBrowser(config, env),
    'Chat model': () => examineChat(config, env),
  };
  const meters = openMeters({ config, env });
  const diagnoses: Diagnosis[] = [];
  for (const [name, run] of Object.entries(examinations)) {
    diagnoses.push({ name, ...(await run().catch(describeBroken)) });
  }
  await meters.close();
  return diagnoses;
}

function describeBroken(error: unknown): Omit<Diagnosis, 'name'> {
  const { message, hint, context } = toErrorRecord(error);
  const stderr = typeof context['stderr'] === 'string' ? context['stderr'].split('\n').at(-1) : undefined;
  return {
    status: 'broken',
    text: [message, stderr].filter((part) => part !== undefined && part !== '').join(' '),
    hint: hint ?? 'Install the package again (npm ci in a checkout), on a system that Node 24 supports.',
  };
}

async function examineNode() {
  const major = Number(process.versions.node.split('.')[0]);
  return {
    status: major >= 24 ? ('works' as const) : ('broken' as const),
    text: `${process.versions.node} on ${process.platform}-${process.arch}, ${availableParallelism()} processors`,
    ...(major >= 24 ? {} : { hint: 'Install Node 24 or newer from https://nodejs.org.' }),
  };
}

async function examineFfmpeg() {
  const { version, missingEncoders, missingFilters } = await reportFfmpeg();
  const missing = [...missingEncoders, ...missingFilters];
  if (missing.length > 0) {
    return {
      status: 'broken' as const,
      text: `${version} lacks ${missing.join(', ')}`,
      hint: 'Install the package again: node-av brings a complete FFmpeg.',
    };
  }
  return { status: 'works' as const, text: `${version} with libx264, aac and libass` };
}

async function examineSpeech() {
  const transcriber = createMoonshine({ processes: 1 });
  try {
    await transcriber.transcribe([{ startMs: 0, samples: new Float32Array(16_000) }], {});
    return { status: 'works' as const, text: `${transcriber.model} (English)` };
  } finally {
    await transcriber.close();
  }
}

async function examineDetector() {
  const detector = await openSilero();
  try {
    await detector.push(new Float32Array(detector.windowSamples));
    return { status: 'works' as const, text: detector.model };
  } finally {
    await detector.close();
  }
}

async function examineEncoder() {
  const encoder = createCarriedEncoder();
  try {
    await encoder.embed(['Does it work?'], {});
    return { status: 'works' as const, text: encoder.model };
  } finally {
    await encoder.close();
  }
}

async function examineFonts() {
  return { status: 'works' as const, text: fontNames.map((name) => loadFont(name).font.family).join(', ') };
}

async function examineFolder(folder: string, variable: string) {
  const probe = join(folder, `.pivot-doctor-${process.pid}`);
  await withFileErrors(folder, async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(probe, 'x');
    await rm(probe);
  });
  const freeBytes = await readFreeBytes(folder);
  if (freeBytes === undefined) return { status: 'works' as const, text: folder };
  const text = `${folder}, ${(freeBytes / 1e9).toFixed(1)} GB free`;
  if (freeBytes >= wantedDiskBytes) return { status: 'works' as const, text };
  const hint = `Free some space (pivot clean), or set ${variable} to a folder on another disk.`;
  return { status: 'poor' as const, text, hint };
}

async function examineMemory() {
  const text = `${(totalmem() / 1e9).toFixed(1)} GB, ${(freemem() / 1e9).toFixed(1)} GB free`;
  if (totalmem() >= wantedMemoryBytes) return { status: 'works' as const, text };
  return { status: 'poor' as const, text, hint: 'Use --preview, or a machine with 2 GB or more.' };
}

async function examineChat(config: Config, env: Readonly<Record<string, string | undefined>>) {
  const { chat } = config;
  if (chat.model === undefined) {
    return {
      status: 'off' as const,
      text: 'none is set (chat.model): moments are chosen by the words alone',
    };
  }
  const baseUrl = chat.baseUrl ?? 'https://api.openai.com/v1';
  const key = readChatKey(config, env);
  // An address may carry a name and a password: only the rest is shown.
  const shown = new URL(baseUrl).origin;
  try {
    const answer = await fetch(`${baseUrl.replace(/\/$/u, '')}/models`, {
      signal: AbortSignal.timeout(chatTimeoutMs),
      ...(key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } }),
    });
    if (answer.ok) return { status: 'works' as const, text: `${chat.model} at ${shown}` };
    const hint =
      answer.status === 401
        ? 'Set PATTERNPIVOT_CHAT_API_KEY to a valid key.'
        : 'Check chat.baseUrl; moments are chosen by the words alone meanwhile.';
    return { status: 'poor' as const, text: `${shown} answers ${answer.status}`, hint };
  } catch {
    return {
      status: 'poor' as const,
      text: `${shown} cannot be reached`,
      hint: 'Start the server or check chat.baseUrl; moments are chosen by the words alone meanwhile.',
    };
  }
}
