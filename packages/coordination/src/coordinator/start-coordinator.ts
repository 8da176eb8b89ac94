import { Server, ServerCredentials, type ServerInterceptor } from '@grpc/grpc-js';
import { CoordinatorService } from '@isotherm/contracts/coordinator/v1/coordinator_service';
import { createLifecycle, grpcDefinition, listenError } from '@isotherm/service-kit';
import { type Coordinator, type CoordinatorDeps, type CoordinatorOptions, createCoordinator } from './coordinator.ts';
import { coordinatorService } from './coordinator-service.ts';

/** Where a coordinator listens, and what it is told. */
export interface StartCoordinatorOptions extends CoordinatorOptions {
  readonly host: string;
  /** 0 for any. */
  readonly port: number;
  /** Default plain text. */
  readonly serverCredentials?: ServerCredentials;
  /** Who may call. Default everybody who has a certificate, where there are any. */
  readonly interceptors?: readonly ServerInterceptor[];
}

/** A running coordinator. */
export interface RunningCoordinator extends AsyncDisposable {
  /** host:port. */
  readonly address: string;
  readonly coordinator: Coordinator;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Starts a coordinator and its server. */
export async function startCoordinator(
  deps: CoordinatorDeps,
  options: StartCoordinatorOptions,
): Promise<RunningCoordinator> {
  const lifecycle = createLifecycle('coordinator', deps.logger);
  const stopping = new AbortController();
  const coordinator = createCoordinator(deps, options);
  const server = new Server({ interceptors: [...(options.interceptors ?? [])] });
  server.addService(grpcDefinition(CoordinatorService), coordinatorService(coordinator, deps.runtime));
  const port = await new Promise<number>((resolve, reject) => {
    const serverCredentials = options.serverCredentials ?? ServerCredentials.createInsecure();
    server.bindAsync(`${options.host}:${options.port}`, serverCredentials, (error, bound) => {
      if (error === null) resolve(bound);
      else reject(listenError(error, 'the coordinator', options));
    });
  });
  const running = coordinator.run(stopping.signal);
  lifecycle.moveTo('ready');
  let closing: Promise<void> | undefined;
  async function stop(): Promise<void> {
    lifecycle.moveTo('draining');
    stopping.abort(new Error('The coordinator is stopping'));
    await running;
    server.forceShutdown();
    lifecycle.moveTo('stopped');
  }
  const close = () => {
    closing ??= stop();
    return closing;
  };
  return { address: `${options.host}:${port}`, coordinator, close, [Symbol.asyncDispose]: close };
}
