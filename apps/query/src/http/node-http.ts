import type { connectNodeAdapter } from '@connectrpc/connect-node';

/** Handles requests of either protocol. */
export type HttpHandler = ReturnType<typeof connectNodeAdapter>;

/** A request over HTTP/1.1 or HTTP/2. */
export type HttpRequest = Parameters<HttpHandler>[0];

/** The response to one. */
export type HttpResponse = Parameters<HttpHandler>[1];
