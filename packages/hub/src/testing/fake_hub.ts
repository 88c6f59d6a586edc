import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A repository as a hub has it. */
interface FakeRepository {
  /** The commit of each branch, tag and reference. */
  refs: Record<string, string>;
  /** The files of each commit. */
  commits: Record<string, Record<string, Uint8Array>>;
  /** What every request is refused with. */
  refused?: { status: number; code?: string; message?: string };
}

/** Answers a request in place of the server, and says so, or leaves it to the server. */
type Fault = (request: IncomingMessage, response: ServerResponse) => boolean;

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
export const gitHash = (bytes: Uint8Array) =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

/**
 * A local server that answers as Hugging Face's hub does: small files under a relative redirect, with git's hash as
 * ETag; .safetensors under a redirect to another server, with their SHA-256 in X-Linked-Etag.
 */
export class FakeHub {
  readonly repositories: Record<string, FakeRepository> = {};
  /** Repositories of a new name. */
  readonly renamed: Record<string, string> = {};
  /** Every request: `hub` or `cdn`, method, path, and the headers range and authorization, if it has them. */
  readonly requests: string[] = [];
  /** Tried, in turn, before a request is answered; one that has answered is dropped. */
  readonly faults: Fault[] = [];
  private readonly hub = createServer((request, response) => this.answer('hub', request, response));
  private readonly cdn = createServer((request, response) => this.answer('cdn', request, response));

  /** @returns the endpoint */
  async start(): Promise<string> {
    await Promise.all([this.hub, this.cdn].map((server) => listen(server)));
    return urlOf(this.hub);
  }

  async stop(): Promise<void> {
    for (const server of [this.hub, this.cdn]) {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    }
  }

  /** Adds a repository of one commit, or another commit of it, which its main branch then is. */
  add(id: string, commit: string, files: Record<string, string | Uint8Array>): void {
    this.repositories[id] ??= { refs: {}, commits: {} };
    this.repositories[id].refs.main = commit;
    this.repositories[id].commits[commit] = Object.fromEntries(
      Object.entries(files).map(([path, content]) => [path, new Uint8Array(Buffer.from(content))]),
    );
  }

  /** The requests so far that have this in their line; all are forgotten. */
  take(part = ''): string[] {
    return this.requests.splice(0).filter((line) => line.includes(part));
  }

  private answer(server: 'hub' | 'cdn', request: IncomingMessage, response: ServerResponse): void {
    const { method, url, headers } = request;
    const extra = [headers.range, headers.authorization].filter(Boolean).join(' ');
    this.requests.push(`${server} ${method} ${url} ${extra}`.trim());
    const fault = this.faults.findIndex((fault) => fault(request, response));
    if (fault >= 0) this.faults.splice(fault, 1);
    else if (server === 'cdn') this.send(request, response, this.byHash(url!.slice(1)), {});
    else this.resolve(request, response);
  }

  private resolve(request: IncomingMessage, response: ServerResponse): void {
    const cached = request.url!.startsWith('/api/resolve-cache/models/');
    const route = cached
      ? /^\/api\/resolve-cache\/models\/(.+?)\/([0-9a-f]{40})\/(.+)$/
      : /^\/(.+?)\/resolve\/([^/]+)\/(.+)$/;
    const [, id, revision, path] = route.exec(request.url!)?.map(decodeURIComponent) ?? [];
    const fail = (status: number, code?: string, message?: string, headers = {}) =>
      response
        .writeHead(status, {
          ...headers,
          ...(code && { 'x-error-code': code }),
          ...(message && { 'x-error-message': message }),
        })
        .end();
    if (!id || !revision || !path) return void fail(404);
    if (this.renamed[id]) {
      const location = request.url!.replace(id, this.renamed[id]);
      return void response.writeHead(307, { location }).end();
    }
    const repository = this.repositories[id];
    if (!repository) return void fail(401, 'RepoNotFound', 'Repository not found');
    const { refused } = repository;
    if (refused) return void fail(refused.status, refused.code, refused.message);
    const commit = repository.refs[revision] ?? revision;
    const files = repository.commits[commit];
    if (!files) return void fail(404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
    const commitHeader = { 'x-repo-commit': commit };
    const content = files[path];
    if (!content) return void fail(404, 'EntryNotFound', 'Entry not found', commitHeader);
    if (path.endsWith('.safetensors')) {
      const hash = sha256(content);
      const linked = {
        'x-linked-etag': `"${hash}"`,
        'x-linked-size': content.length,
        etag: '"of the redirect"',
      };
      response.writeHead(302, { ...commitHeader, ...linked, location: `${urlOf(this.cdn)}/${hash}` }).end();
    } else if (!cached) {
      const location = `/api/resolve-cache/models/${id}/${commit}/${encodeURIComponent(path)}`;
      response.writeHead(307, { ...commitHeader, location }).end();
    } else this.send(request, response, content, { ...commitHeader, etag: `W/"${gitHash(content)}"` });
  }

  private byHash(hash: string): Uint8Array | undefined {
    const all = Object.values(this.repositories).flatMap(({ commits }) => Object.values(commits));
    return all.flatMap((files) => Object.values(files)).find((bytes) => sha256(bytes) === hash);
  }

  private send(
    request: IncomingMessage,
    response: ServerResponse,
    bytes: Uint8Array | undefined,
    headers: object,
  ): void {
    if (!bytes) return void response.writeHead(404).end();
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN);
    const isPart = start < bytes.length;
    const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
    const part = isPart ? bytes.subarray(start) : bytes;
    response.writeHead(isPart ? 206 : 200, {
      ...headers,
      'content-length': part.length,
      ...(isPart && { 'content-range': range }),
    });
    response.end(request.method === 'HEAD' ? undefined : part);
  }
}

const listen = (server: Server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
