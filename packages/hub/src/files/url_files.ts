import { type ModelFiles, pathParts } from './model_files.js';
import { decodeUtf8 } from './utf8.js';

/**
 * Files of a model under an http(s) URL, read with `fetch`. A query in the URL is kept on every request.
 *
 * A file counts as missing when the server answers 404 or 410, or sends HTML, which is how servers of single-page
 * apps answer for every missing file: no file of a model is HTML.
 */
export class UrlFiles implements ModelFiles {
  readonly name: string;

  constructor(url: string) {
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
    if (!this.found(path, response)) throw new Error(`${this.name} has no file ${path}`);
    try {
      return new Uint8Array(await response.arrayBuffer());
    } catch (error) {
      throw new Error(`${this.url(path)} broke off: ${reason(error)}`);
    }
  }

  private found(path: string, response: Response): boolean {
    const { status, headers } = response;
    if (status === 404 || status === 410) return false;
    if (!response.ok) throw new Error(`${this.url(path)} cannot be read: HTTP status ${status}`);
    return !headers.get('content-type')?.startsWith('text/html');
  }

  private async request(path: string, method: 'GET' | 'HEAD'): Promise<Response> {
    const url = this.url(path);
    try {
      return await fetch(url, { method });
    } catch (error) {
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

/** Why `fetch` failed; Node hides it in the cause. */
function reason(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message ? cause.message : message;
}
