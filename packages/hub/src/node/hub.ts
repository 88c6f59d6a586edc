import { reason } from '../files/reason.js';
import { isCommit, repositoryUrl } from '../files/repository.js';
import { HubError, refusal } from './hub_error.js';
import { Retries, TransientError } from './retries.js';
import { Watch } from './watch.js';

/** A file of a repository, as the hub describes it. */
export interface RemoteFile {
  /** The hash of its bytes, in hexadecimal: SHA-256 of a large file, else SHA-1 as git has it for a blob. */
  hash: string;
  size: number;
}

/** What the hub answers about a file: the commit that the revision is, and the file, if there is one. */
interface Answer {
  commit: string | undefined;
  file: RemoteFile | undefined;
}

interface HubArgs {
  endpoint: string | undefined;
  accessToken: string | undefined;
  signal: AbortSignal | undefined;
}

/** What `fetch` is told. */
interface SendArgs {
  method?: 'GET' | 'HEAD';
  redirect?: RequestRedirect;
  headers?: Record<string, string>;
}

const passing = new Set([408, 429, 500, 502, 503, 504]);

/** Codes of failures on the way that another try may not meet. */
const passingCodes = /^(ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EAI_AGAIN|UND_ERR_\w+)$/;

/** A repository on a hub. Every failure is an error that names the repository or the URL. */
export class Hub {
  readonly signal: AbortSignal | undefined;
  private readonly accessToken: string | undefined;
  private readonly endpoint: string | undefined;

  constructor(
    readonly repository: string,
    { endpoint, accessToken, signal }: HubArgs,
  ) {
    this.endpoint = endpoint;
    this.accessToken = accessToken;
    this.signal = signal;
  }

  /** The same, whose requests another signal stops. */
  withSignal(signal: AbortSignal): Hub {
    const { endpoint, accessToken } = this;
    return new Hub(this.repository, { endpoint, accessToken, signal });
  }

  url(revision: string, path: string): string {
    const parts = path.split('/').map(encodeURIComponent);
    return `${repositoryUrl(this.repository, { endpoint: this.endpoint, revision })}/${parts.join('/')}`;
  }

  /**
   * Asks about a file without its content.
   *
   * @param tries how often, while failures may pass
   * @throws HubError if the repository or the revision is missing or may not be read
   */
  async ask(revision: string, path: string, tries?: number): Promise<Answer> {
    const retries = new Retries(this.signal, tries);
    for (;;) {
      try {
        return await this.askOnce(revision, path);
      } catch (error) {
        await retries.after(error);
      }
    }
  }

  /** Requests a URL once, with the access token if it is the endpoint's. */
  async send(url: string, watch: Watch, init: SendArgs) {
    // Ranges are ranges, and lengths are lengths, only of what is not compressed.
    const headers: Record<string, string> = { 'accept-encoding': 'identity', ...init.headers };
    const own = new URL(url).origin === new URL(this.url('main', '')).origin;
    if (this.accessToken && own) headers.authorization = `Bearer ${this.accessToken}`;
    let response: Response;
    try {
      response = await fetch(url, { ...init, headers, signal: watch.signal });
    } catch (error) {
      this.signal?.throwIfAborted();
      const message = `${url} cannot be reached: ${reason(error)}`;
      const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
      throw watch.signal.aborted || passingCodes.test(code ?? '')
        ? new TransientError(message)
        : new HubError(message);
    }
    if (!passing.has(response.status)) return response;
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    throw new TransientError(
      `${url} cannot be read: HTTP status ${response.status}`,
      seconds >= 0 ? seconds : undefined,
    );
  }

  /** The error for an answer that gives no file. */
  refusal(response: Response, revision: string): HubError {
    const where = new URL(this.url('main', '')).origin;
    return refusal(response, { repository: this.repository, revision, where, hasToken: !!this.accessToken });
  }

  private async askOnce(revision: string, path: string): Promise<Answer> {
    const watch = new Watch(this.signal);
    try {
      const url = this.url(revision, path);
      const { response, commit } = await this.follow(url, watch);
      const code = response.headers.get('x-error-code');
      const isMissing = response.status === 404 && !code && (commit || isCommit(revision));
      if (code === 'EntryNotFound' || isMissing) return { commit, file: undefined };
      if (response.status >= 400) throw this.refusal(response, revision);
      return { commit, file: describe(response, url) };
    } finally {
      watch.end();
    }
  }

  /** Follows redirects, as for a repository of a new name, until one describes the file: that leads to its content. */
  private async follow(
    start: string,
    watch: Watch,
  ): Promise<{ response: Response; commit: string | undefined }> {
    let url = start;
    let commit: string | undefined;
    for (let hops = 0; hops < 10; hops++) {
      const response = await this.send(url, watch, { method: 'HEAD', redirect: 'manual' });
      const { status, headers } = response;
      commit ??= headers.get('x-repo-commit')?.toLowerCase();
      const location = status >= 300 && status < 400 && headers.get('location');
      if (!location || headers.has('x-linked-etag')) return { response, commit };
      url = new URL(location, url).href;
    }
    throw new HubError(`${start} cannot be read: it redirects more than 10 times`);
  }
}

/** Reads the headers that describe a file. */
function describe({ status, headers }: Response, url: string): RemoteFile {
  const tag = headers.get('x-linked-etag') ?? headers.get('etag') ?? '';
  const hash = tag.replace(/^W\//, '').replaceAll('"', '').toLowerCase();
  const size = headers.get('x-linked-size') ?? (status === 200 ? headers.get('content-length') : null);
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(hash) || !/^\d+$/.test(size ?? '')) {
    throw new HubError(`${url}: the server must tell a file's hash and size, as a hub does, but does not`);
  }
  return { hash, size: Number(size) };
}
