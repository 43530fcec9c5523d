import { describeClusterRegisterContract } from '../../ports/clusters.contract.fixture.js';
import { startControlPlane } from '../../testing/control-plane.fixture.js';

describeClusterRegisterContract('MongoDB', async () => {
  const plane = await startControlPlane();
  return { control: plane.connection.control, newUser: async () => (await plane.newActor()).userId, stop: () => plane.stop() };
});
