import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Builder, Capability, type WebDriver } from 'selenium-webdriver';
import { Options as ChromeOptions } from 'selenium-webdriver/chrome.js';
import { Options as FirefoxOptions } from 'selenium-webdriver/firefox.js';
import { PatternPivotError } from '../../domain/errors.ts';
import { startDriver } from './driver-process.ts';

/** Which browser is started, and with what. Paths are absolute. */
export type BrowserOptions = {
  readonly kind: 'chromium' | 'firefox';
  readonly binary: string;
  readonly driver: string;
  /** An empty folder for everything that the browser writes. */
  readonly profileFolder: string;
  /** The proxy that is its only way out: `127.0.0.1:41234`. */
  readonly proxyHost: string;
};

/** A browser that listens to us. */
export type BrowserSession = {
  readonly driver: WebDriver;
  /** What its user should know. */
  readonly notes: readonly string[];
};

/** What is running, from the moment that its driver does: the ids of the driver and, once it is known, of the browser. */
export type BrowserEnding = { pids(): readonly number[]; kill(): void };

/** The window at first, in px: players choose how fine a picture they load by it. */
const windowSize = { width: 1920, height: 1080 };

/** How long a browser may take to start, in ms. */
const startMs = 60_000;

/**
 * Starts a headless browser with a profile of its own and no way out but the proxy. `onDriver` is told how to end it all as soon as there is
 * something to end. @throws not_found.browser_driver, tool.browser_failed
 */
export async function startBrowser(
  options: BrowserOptions,
  onDriver: (ending: BrowserEnding) => void,
): Promise<BrowserSession> {
  let browserPid: number | undefined;
  let kill = () => {};
  const running = await startDriver(options.driver, options, (driver) => {
    kill = () => {
      driver.kill();
      // Chromium ends with its driver; Firefox does not.
      const pid = browserPid ?? readFirefoxLock(options.profileFolder);
      if (pid !== undefined) tryKill(pid);
    };
    onDriver({ pids: () => [driver.pid, ...(browserPid === undefined ? [] : [browserPid])], kill });
  });
  const isRoot = process.getuid?.() === 0;
  const isUnsafe = options.kind === 'chromium' && isRoot;
  const builder = new Builder().disableEnvironmentOverrides().usingServer(running.url);
  if (options.kind === 'chromium') {
    builder.forBrowser('chrome').setChromeOptions(chromiumOptions(options, isUnsafe));
  } else builder.forBrowser('firefox').setFirefoxOptions(firefoxOptions(options));
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const driver: WebDriver = builder.build();
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`it did not start within ${startMs / 1000} s`)), startMs);
    });
    const capabilities = await Promise.race([driver.getCapabilities(), late]);
    const pid: unknown = capabilities.get('goog:processID') ?? capabilities.get('moz:processID');
    if (typeof pid === 'number') browserPid = pid;
    return {
      driver,
      notes: isUnsafe
        ? [
            'Chromium runs without its sandbox, because it is started by root. Run it as another user for pages that you do not trust.',
          ]
        : [],
    };
  } catch (error) {
    kill();
    throw startFailure(error as Error, options);
  } finally {
    clearTimeout(timer);
  }
}

function startFailure(error: Error, { kind, binary, driver }: BrowserOptions): PatternPivotError {
  const [said = ''] = error.message.split('\n');
  const isOther = /only supports \w+ version|version of Chrome|Supported browsers/iu.test(error.message);
  const isSandbox = /sandbox/iu.test(error.message);
  const hint = isOther
    ? `The driver is for another version of the browser: take one of the same version (screenshots.driver).`
    : isSandbox
      ? 'The system gives the browser no sandbox. Allow user namespaces, or name another browser: screenshots.binary.'
      : `Try whether it starts by itself: ${binary} --headless --version. The driver is ${driver}.`;
  return new PatternPivotError(
    'tool.browser_failed',
    `${kind === 'chromium' ? 'Chromium' : 'Firefox'} cannot be started: ${said}.`,
    {
      cause: error,
      hint,
      context: { binary, driver },
    },
  );
}

/** The discard port of this machine, which the proxy never reaches. */
const nobody = 'http://127.0.0.1:9/';

/** What Chromium would ask its makers and its search engine of its own accord. */
const unwantedFeatures = [
  'AutofillServerCommunication',
  'CertificateTransparencyComponentUpdater',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PreconnectToSearch',
  'PreloadTopChromeWebUI',
  'SearchEnginePreconnectInterval',
  'Translate',
];

function chromiumOptions(
  { binary, profileFolder, proxyHost }: BrowserOptions,
  isUnsafe: boolean,
): ChromeOptions {
  const options = new ChromeOptions();
  options.setChromeBinaryPath(binary);
  options.set(Capability.PAGE_LOAD_STRATEGY, 'eager');
  options.set(Capability.UNHANDLED_PROMPT_BEHAVIOR, 'dismiss');
  options.addArguments(
    '--headless=new',
    // Orders come through a pipe and not through a port: when the driver dies the browser does, and nobody else can give any.
    '--remote-debugging-pipe',
    `--user-data-dir=${join(profileFolder, 'profile')}`,
    `--window-size=${windowSize.width},${windowSize.height}`,
    '--force-device-scale-factor=1',
    `--proxy-server=http://${proxyHost}`,
    // Else what is on this machine would be asked directly.
    '--proxy-bypass-list=<-loopback>',
    '--disable-quic',
    '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
    '--dns-prefetch-disable',
    '--autoplay-policy=no-user-gesture-required',
    '--mute-audio',
    '--hide-scrollbars',
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-default-apps',
    '--disable-domain-reliability',
    '--disable-extensions',
    '--disable-sync',
    '--disable-breakpad',
    '--disable-crash-reporter',
    `--disable-features=${unwantedFeatures.join(',')}`,
    '--disable-client-side-phishing-detection',
    '--disable-component-extensions-with-background-pages',
    '--disable-search-engine-choice-screen',
    // Nobody is signed in, and nothing is to be updated: whom it would ask is not there.
    `--gaia-url=${nobody}`,
    `--google-apis-url=${nobody}`,
    `--lso-url=${nobody}`,
    `--apps-gallery-update-url=${nobody}`,
    `--component-updater=url-source=${nobody}`,
    '--homepage=about:blank',
    '--metrics-recording-only',
    '--no-pings',
    '--password-store=basic',
    '--use-mock-keychain',
    ...(isUnsafe ? ['--no-sandbox'] : []),
  );
  options.setUserPreferences({
    // 3: none at all (https://chromeenterprise.google/policies/#DownloadRestrictions).
    download_restrictions: 3,
    download: { default_directory: join(profileFolder, 'downloads'), prompt_for_download: false },
    profile: { default_content_setting_values: { notifications: 2, geolocation: 2, media_stream: 2 } },
    safebrowsing: { enabled: false },
    search: { suggest_enabled: false },
    signin: { allowed: false, allowed_on_next_startup: false },
    net: { network_prediction_options: 2 },
    homepage: 'about:blank',
    homepage_is_newtabpage: false,
    session: { restore_on_startup: 4, startup_urls: ['about:blank'] },
  });
  return options;
}

function firefoxOptions({ binary, profileFolder, proxyHost }: BrowserOptions): FirefoxOptions {
  const [host = '', port = ''] = proxyHost.split(':');
  const options = new FirefoxOptions();
  options.setBinary(binary);
  options.set(Capability.PAGE_LOAD_STRATEGY, 'eager');
  options.set(Capability.UNHANDLED_PROMPT_BEHAVIOR, 'dismiss');
  options.addArguments('-headless', `--width=${windowSize.width}`, `--height=${windowSize.height}`);
  const preferences: Readonly<Record<string, string | number | boolean>> = {
    'network.proxy.type': 1,
    'network.proxy.http': host,
    'network.proxy.http_port': Number(port),
    'network.proxy.ssl': host,
    'network.proxy.ssl_port': Number(port),
    'network.proxy.no_proxies_on': '',
    'network.proxy.allow_hijacking_localhost': true,
    'network.proxy.failover_direct': false,
    'network.http.http3.enable': false,
    'network.trr.mode': 5,
    'network.dns.disablePrefetch': true,
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
    'media.autoplay.default': 0,
    'media.volume_scale': '0.0',
    'media.peerconnection.enabled': false,
    'media.gmp-manager.updateEnabled': false,
    'layout.css.devPixelsPerPx': '1.0',
    'browser.download.dir': join(profileFolder, 'downloads'),
    'browser.download.folderList': 2,
    'browser.download.always_ask_before_handling_new_types': true,
    'browser.safebrowsing.malware.enabled': false,
    'browser.safebrowsing.phishing.enabled': false,
    'browser.safebrowsing.downloads.enabled': false,
    'app.update.enabled': false,
    'app.normandy.enabled': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'toolkit.telemetry.enabled': false,
    'toolkit.telemetry.server': '',
    'permissions.default.desktop-notification': 2,
    'permissions.default.geo': 2,
    'extensions.update.enabled': false,
    'services.settings.server': 'data:,#none/v1',
  };
  for (const [name, value] of Object.entries(preferences)) options.setPreference(name, value);
  return options;
}

/** The process that holds a Firefox profile: its `lock` leads to `<address>:+<process id>`. */
function readFirefoxLock(profileFolder: string): number | undefined {
  try {
    for (const name of readdirSync(profileFolder)) {
      const pid = /\+(\d+)$/u.exec(readLink(join(profileFolder, name, 'lock')))?.[1];
      if (pid !== undefined) return Number(pid);
    }
  } catch {
    // The folder is gone, and so is the browser.
  }
  return undefined;
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
