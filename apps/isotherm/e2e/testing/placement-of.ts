import { createCoordinatorClient } from '@isotherm/coordination';
import { type PlacementView, placementView } from '../../src/cli/placement/placement-view.ts';

/** The placement of a coordinator; undefined while it does not answer. */
export async function placementOf(coordinator: string): Promise<PlacementView | undefined> {
  const client = createCoordinatorClient(coordinator);
  try {
    return placementView(await client.getPlacement());
  } catch {
    return undefined;
  } finally {
    client.close();
  }
}
