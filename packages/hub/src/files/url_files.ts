import { checkRange, type ModelFiles, pathParts } from './model_files.js';
import { readPart } from './read_part.js';
import { reason } from './reason.js';
import { decodeUtf8 } from './utf8.js';

/** How files under a URL are asked for. */
interface UrlFilesArgs {
  /** Goes with every request. */
  accessToken?: string;
  /** Stops requests. */
  signal?: AbortSignal;
  /** Throws for a file that is not to be read. */
  check?: (path: string) => void;
}

/**
 * Files of a model under an http(s) URL, read with `fetch`. A query in the URL is kept on every request.
 *
 * A file counts as missing when the server answers 404 or 410, or sends HTML, which is how servers of single-page
 * apps answer for every missing file: no file of a model is HTML.
 */
export class UrlFiles implements ModelFiles {
  readonly name: string;

  constructor(
    url: string,
    private readonly args: UrlFilesArgs = {},
  ) {
    this.name = url;
  }

  async has(path: string): Promise<boolean> {
    const head = await this.request(path, 'HEAD');
    if (head.status !== 405 && head.status !== 501) return this.found(path, head);
    const get = await this.request(path, 'GET');
    await get.body?.cancel();
    return this.found(path, get);
  }

  async text(path: string): Promise<string> {
    return decodeUtf8(await this.bytes(path), this.url(path));
  }

  async bytes(path: string): Promise<Uint8Array> {
    const response = await this.request(path, 'GET');
    await this.mustBeFound(path, response);
    return new Uint8Array(await this.reading(path, () => response.arrayBuffer()));
  }

  /** Asks for the first byte: the answer tells the length, as nobody compresses ranges. */
  async size(path: string): Promise<number> {
    let response = await this.request(path, 'GET', 'bytes=0-0');
    const total = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1];
    if (response.status === 416) return Number(total ?? 0); // only an empty file has no first byte
    await this.mustBeFound(path, response);
    await response.body?.cancel();
    if (total) return Number(total);
    if (response.status === 206) response = await this.request(path, 'GET', 'bytes=0-'); // hidden from pages elsewhere
    const length = response.headers.get('content-length');
    await response.body?.cancel();
    const isLength = length !== null && !response.headers.has('content-encoding');
    return isLength ? Number(length) : (await this.bytes(path)).length;
  }

  async range(path: string, start: number, end: number): Promise<Uint8Array> {
    const url = this.url(path);
    checkRange(url, start, end);
    if (start === end) {
      checkRange(url, start, end, await this.size(path));
      return new Uint8Array();
    }
    const response = await this.request(path, 'GET', `bytes=${start}-${end - 1}`);
    if (response.status === 416) throw new Error(`${url} ends before byte ${end}: is it cut short?`);
    await this.mustBeFound(path, response);
    const whole = response.status !== 206; // a server need not know ranges
    const given = response.headers.get('content-range');
    if (!whole && given !== null && !given.startsWith(`bytes ${start}-${end - 1}/`)) {
      await response.body?.cancel();
      throw new Error(
        `${url}: bytes ${start} to ${end} are wanted, but the server sends ${given}: is it cut short?`,
      );
    }
    const skipped = whole ? start : 0;
    const part = await this.reading(path, () => readPart(response, skipped, skipped + end - start));
    checkRange(url, start, end, start + part.length);
    return part;
  }

  private async reading<T>(path: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      this.args.signal?.throwIfAborted();
      throw new Error(`${this.url(path)} broke off: ${reason(error)}`);
    }
  }

  private async mustBeFound(path: string, response: Response): Promise<void> {
    if (this.found(path, response)) return;
    await response.body?.cancel();
    throw new Error(`${this.name} has no file ${path}`);
  }

  private found(path: string, response: Response): boolean {
    const { status, headers } = response;
    if (status === 404 || status === 410) return false;
    if (!response.ok) throw new Error(`${this.url(path)} cannot be read: HTTP status ${status}`);
    return !headers.get('content-type')?.startsWith('text/html');
  }

  private async request(path: string, method: 'GET' | 'HEAD', range?: string): Promise<Response> {
    const url = this.url(path);
    const { accessToken, signal, check } = this.args;
    if (method === 'GET') check?.(path);
    const headers: Record<string, string> = {};
    if (range) headers.range = range;
    if (accessToken) headers.authorization = `Bearer ${accessToken}`;
    try {
      return await fetch(url, { method, headers, signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw new Error(`${url} cannot be reached: ${reason(error)}`);
    }
  }

  private url(path: string): string {
    const url = new URL(this.name);
    url.pathname = `${url.pathname.replace(/\/*$/, '')}/${pathParts(path).map(encodeURIComponent).join('/')}`;
    url.hash = '';
    return url.href;
  }
}
