import { openFolderBlobs } from '../adapters/blobs/folder.ts';
import { createCarriedEncoder } from '../adapters/embedder/carried.ts';
import { openSilero } from '../adapters/speech-detector/silero.ts';
import { createMoonshine } from '../adapters/transcriber/moonshine.ts';
import type { Blobs } from '../ports/blobs.ts';
import type { Chat } from '../ports/chat.ts';
import type { Embedder } from '../ports/embedder.ts';
import { assertWritable } from '../recipes/disk-room.ts';
import type { MakePorts } from '../recipes/make-request.ts';
import type { RenderPorts } from '../recipes/render.ts';
import { readChatKey } from './chat-key.ts';
import { composeEmbedder } from './compose-embedder.ts';
import type { Config } from './config.ts';
import { configureFonts } from './fonts.ts';
import { openIndexDatabase, type IndexDatabase } from './index-database.ts';
import { openMeters, type MeterAt } from './meters.ts';
import { openRecording } from './recording.ts';
import { hashSource, openSource } from './sources.ts';
import { createStageCache, type CacheCounts } from './stage-cache.ts';
import { readVersion } from './version.ts';
import { defaultWorkspace, describeWorkspace, type Workspace } from './workspace.ts';

/** Everything put together: what recipes need, and a way to let it all go. */
export type App = {
  readonly workspace: Workspace;
  readonly blobs: Blobs;
  readonly index: IndexDatabase;
  readonly ports: MakePorts & RenderPorts;
  /**
   * Opens the embedder that is configured for libraries, when first asked, and gives the same one ever after. Moments of a video are
   * always weighed with the carried one: the weights were learnt with it.
   */
  openEmbedder(): Promise<Embedder>;
  /** How many results were found in the cache and how many were made, by stage. */
  readonly cacheCounts: CacheCounts;
  /** Ends every process and closes every file that was opened. */
  close(): Promise<void>;
};

/** How the program is put together this time. */
export type ComposeOptions = {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Makes everything anew instead of taking what the cache has. */
  readonly isForced: boolean;
};

/** The composition root: the only place that knows which adapter stands behind which port. Models load when first used. */
export async function compose({ config, env, isForced }: ComposeOptions): Promise<App> {
  const workspace = describeWorkspace(config.workspace ?? defaultWorkspace(process.platform, env));
  // Node says of a folder on a read-only disk that it is not there, when asked to make one in it.
  await assertWritable(workspace.folder);
  const blobs = await openFolderBlobs(workspace.blobsFolder);
  const index = openIndexDatabase(workspace.databasePath);
  const cache = createStageCache({
    blobs,
    index,
    temporaryFolder: workspace.temporaryFolder,
    ignoreStored: isForced,
  });
  const transcriber = createMoonshine();
  const embedder = createCarriedEncoder();
  const meters = openMeters({ config, env });
  const { meterAt } = meters;
  const chat = await composeChat(config, env, meterAt);
  const fetching = {
    downloadsFolder: workspace.downloadsFolder,
    maxBytes: config.fetch.maxGigabytes * 1e9,
  };
  let libraryEmbedder: Promise<Embedder> | undefined;
  return {
    workspace,
    blobs,
    index,
    openEmbedder() {
      libraryEmbedder ??=
        config.embedder.kind === 'carried'
          ? Promise.resolve(embedder)
          : composeEmbedder({ config, env, workspaceFolder: workspace.folder, meterAt });
      return libraryEmbedder;
    },
    cacheCounts: cache.counts,
    ports: {
      openSource: (path, context) => openSource(path, index, context, fetching),
      openRecording: (paths, context) => openRecording(paths, { index, cache, fetching }, context),
      hashFile: (path, context) => hashSource(path, index, context),
      findPaths: (contentHash) => index.findPaths(contentHash),
      transcriber,
      openSpeechDetector: openSilero,
      embedder,
      getFont: configureFonts(config, workspace.folder, env),
      ...(chat === undefined ? {} : { chat }),
      cache,
      workspaceFolder: workspace.folder,
      toolVersion: readVersion(),
    },
    async close() {
      const opened = libraryEmbedder?.then((each) => each.close());
      await Promise.allSettled([transcriber.close(), embedder.close(), opened]);
      await meters.close();
      index.close();
    },
  };
}

/** A chat model only when one is named: nothing of a user's leaves the machine by default. */
async function composeChat(
  config: Config,
  env: ComposeOptions['env'],
  meterAt: MeterAt,
): Promise<Chat | undefined> {
  const { chat } = config;
  if (chat.model === undefined) return undefined;
  const apiKey = readChatKey(config, env);
  // Loaded only here: the library takes longer to load than everything else together.
  const { createChat } = await import('../adapters/chat/langchain.ts');
  const meter = meterAt(chat.baseUrl ?? 'https://api.openai.com/v1', 'chat', chat.model);
  return createChat({
    ...(meter === undefined ? {} : { meter }),
    model: chat.model,
    ...(chat.baseUrl === undefined ? {} : { baseUrl: chat.baseUrl }),
    ...(apiKey === undefined ? {} : { apiKey }),
  });
}
