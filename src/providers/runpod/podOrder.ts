import type { RentRequest } from '../cloud.js';
import { images, lowestCuda, startCommand } from './image.js';
import type { Place } from './offers.js';

/**
 * All that we keep on a machine is on the pod's volume: it outlives the container, whose own disk is emptied whenever
 * it starts. What programs put elsewhere (downloaded weights, temporary files) is on the container's disk.
 */
const volumePath = '/root/.trainyard';
/** RunPod's least. */
const leastVolumeGb = 10;
/** Less has been seen to be too little for the image itself. */
const leastDiskGb = 20;

/** What is ordered, whichever interface it goes to. */
export interface PodOrder {
  readonly request: RentRequest;
  readonly place: Place;
  /** The user's, in place of one of {@link images}. */
  readonly image: string | undefined;
}

/** The body of `POST /v2/pods`. Unknown fields are refused there, so each one is named here. */
export function restOrder({ request, place, image }: PodOrder): object {
  return {
    name: request.label,
    image: image ?? images[request.image],
    gpu: { id: place.gpuId, count: request.offer.count, ...driver(image) },
    cloud: place.tier.toUpperCase(),
    ...(place.dataCenter === null ? {} : { dataCenterIds: [place.dataCenter] }),
    disk: diskGb(request),
    mounts: { persistent: { size: volumeGb(request), path: volumePath } },
    ports: ['22/tcp'],
    env: environment(request),
    args: startCommand(request.bootLine),
    startSsh: true,
  };
}

/** The input of `podRentInterruptable`, in the older names. Its bid is for one GPU. */
export function spotOrder({ request, place, image }: PodOrder): object {
  return {
    name: request.label,
    imageName: image ?? images[request.image],
    gpuTypeId: place.gpuId,
    gpuCount: request.offer.count,
    bidPerGpu: Number((request.offer.usdPerHour / request.offer.count).toFixed(6)),
    ...driver(image),
    cloudType: place.tier.toUpperCase(),
    containerDiskInGb: diskGb(request),
    volumeInGb: volumeGb(request),
    volumeMountPath: volumePath,
    ports: '22/tcp',
    supportPublicIp: true,
    env: Object.entries(environment(request)).map(([key, value]) => ({ key, value })),
    dockerArgs: startCommand(request.bootLine),
    startSsh: true,
    terminateAfter: new Date(request.deadline * 1000).toISOString().replace('.000Z', 'Z'),
  };
}

/** What another image needs of the driver is not known. */
function driver(image: string | undefined): object {
  return image === undefined ? { minCudaVersion: lowestCuda } : {};
}

function diskGb(request: RentRequest): number {
  return Math.max(leastDiskGb, Math.ceil(request.diskGb));
}

function volumeGb(request: RentRequest): number {
  return Math.max(leastVolumeGb, Math.ceil(request.diskGb));
}

/** Anyone with the key of the account can read it later: no secrets. The deadline is for whoever sweeps by hand. */
function environment({ label, offer, publicKey, deadline }: RentRequest): Record<string, string> {
  return {
    PUBLIC_KEY: publicKey,
    TRAINYARD_LABEL: label,
    TRAINYARD_DEADLINE: String(deadline),
    ...(offer.spot ? { TRAINYARD_SPOT: '1' } : {}),
  };
}
