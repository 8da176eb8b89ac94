import { X509Certificate } from 'node:crypto';
import { isLoopback, type Logger } from '@isotherm/service-kit';
import type { StartOptions } from './start-options.ts';

/** Warns of what others on the network can do, and of a certificate that they will not accept. */
export function warnOfExposure(
  { host, tls, tenants }: Pick<StartOptions, 'host' | 'tls' | 'tenants'>,
  { logger, nowMs }: { readonly logger: Pick<Logger, 'warn'>; readonly nowMs: number },
): void {
  if (!isLoopback(host)) {
    if (tls === undefined) {
      const advice = 'Give --tls-cert and --tls-key, or keep --host on this machine: docs/operating/security.md.';
      logger.warn({ host, advice }, 'Platform listens beyond this machine in plain text');
    }
    if ((tenants.tenants ?? []).length === 0 && tls?.clientAuthority === undefined) {
      const advice = 'Say who may with --tenants, or keep --host on this machine: docs/operating/security.md.';
      logger.warn({ host, advice }, 'Anybody on the network may send, read and operate');
    }
  }
  if (tls === undefined) return;
  const { validFromDate, validToDate } = new X509Certificate(Buffer.from(tls.certificate));
  if (nowMs < validFromDate.getTime() || nowMs > validToDate.getTime()) {
    const advice = 'Clients turn it away: give a valid one with --tls-cert and start again.';
    logger.warn({ validFrom: validFromDate, validTo: validToDate, advice }, 'Certificate is not valid now');
  }
}
