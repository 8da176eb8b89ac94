import type { PeerCertificate } from 'node:tls';
import {
  type ChannelCredentials,
  credentials,
  ResponderBuilder,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
} from '@grpc/grpc-js';
import { toGrpcError } from '../grpc-error.ts';
import { IsothermError } from '../isotherm-error.ts';
import { type ServerTls, serverTlsOptions } from './server-tls.ts';

/** Certificates of a service: what it shows, and the platform's authority, which issues those of all services. */
export type ServiceTls = Required<ServerTls>;

/** Credentials of a server that other services call: callers show a certificate of the authority. Undefined: plain text. */
export function serviceServerCredentials(tls: ServiceTls | undefined, purpose: string): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const { cert, key, ca } = serverTlsOptions(tls, purpose);
  return ServerCredentials.createSsl(ca ?? null, [{ cert_chain: cert, private_key: key }], true);
}

/** Credentials of a service that calls another one. Undefined: plain text. */
export function serviceChannelCredentials(tls: ServiceTls | undefined): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const { clientAuthority, key, certificate } = tls;
  return credentials.createSsl(Buffer.from(clientAuthority), Buffer.from(key), Buffer.from(certificate));
}

/**
 * Lets calls through of these services alone. A service is known by the common name of its certificate, or a DNS name in
 * it. For servers with {@link serviceServerCredentials}, which have checked the certificate.
 */
export function onlyServices(names: readonly string[], purpose: string): ServerInterceptor {
  return (_method, call) => {
    const listener = new ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, next) => {
        const callers = namesOf(call.getAuthContext().sslPeerCertificate);
        if (callers.some((name) => names.includes(name))) return next(metadata);
        call.sendStatus(toGrpcError(forbidden(callers, { names, purpose })));
      })
      .build();
    return new ServerInterceptingCall(call, new ResponderBuilder().withStart((next) => next(listener)).build());
  };
}

function namesOf(certificate: PeerCertificate | undefined): string[] {
  if (certificate === undefined) return [];
  const common: string | string[] | undefined = certificate.subject?.CN;
  const alternative = certificate.subjectaltname?.split(', ') ?? [];
  const dns = alternative.filter((name) => name.startsWith('DNS:')).map((name) => name.slice('DNS:'.length));
  return [common ?? [], dns].flat();
}

function forbidden(
  callers: readonly string[],
  { names, purpose }: { readonly names: readonly string[]; readonly purpose: string },
): IsothermError {
  const caller = callers[0] ?? 'A caller without a certificate';
  return new IsothermError({
    code: 'PERMISSION_DENIED',
    id: 'CALLER_NOT_ALLOWED',
    message: `${caller} may not make ${purpose}: that is for ${names.join(', ')}.`,
    advice: "Call the public API, or show a certificate of the platform's authority with one of these names.",
    metadata: { caller },
  });
}
