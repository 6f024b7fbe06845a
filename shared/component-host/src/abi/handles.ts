import { Trap } from "../errors.ts";
import type { HandleType, ResourceType } from "../types/value-types.ts";
import { type Codec, flatNumber, wrongType } from "./codec.ts";
import type { GuestContext } from "./guest-context.ts";
import type { ResourceOwner } from "./guest-resource.ts";

/** How a handle is read out of a guest's table, and how a value gets a handle there. */
interface HandleMoves {
  lift(guest: GuestContext, handle: number): unknown;
  lower(guest: GuestContext, value: unknown): number;
}

/** Handles: the host's own object for a resource of the host, a {@link GuestResource} for one of a guest. */
export function handleCodec(type: HandleType): Codec {
  const moves = movesOf(type);
  return {
    load: (guest, at) => moves.lift(guest, guest.view.getUint32(at, true)),
    store: (guest, at, value) => guest.view.setUint32(at, moves.lower(guest, value), true),
    liftFlat: (guest, flat, at) => moves.lift(guest, flatNumber(flat, at) >>> 0),
    lowerFlat: (guest, value, flat) => {
      flat.push(moves.lower(guest, value));
    },
    lowerOne: (guest, value) => moves.lower(guest, value),
  };
}

function movesOf({ kind, resource }: HandleType): HandleMoves {
  const isHosts = resource.definedBy === undefined;
  if (kind === "own") return isHosts ? ownOfHost(resource) : ownOfGuest(resource);
  return isHosts ? borrowOfHost(resource) : borrowOfGuest(resource);
}

const hostObject = (resource: ResourceType, value: unknown): object =>
  typeof value === "object" && value !== null ? value : wrongType(`a ${resource.name}`, value);

const ownOfHost = (resource: ResourceType): HandleMoves => ({
  lift: (guest, handle) => guest.state.handles.takeOwn(handle, resource),
  lower: (guest, value) => guest.state.handles.add(resource, hostObject(resource, value), true),
});

const borrowOfHost = (resource: ResourceType): HandleMoves => ({
  lift: (guest, handle) => lend(guest, handle, resource),
  lower: (guest, value) => {
    guest.state.borrows += 1;
    return guest.state.handles.add(resource, hostObject(resource, value), false);
  },
});

const ownOfGuest = (resource: ResourceType): HandleMoves => ({
  lift: (guest, handle) => ownerOf(guest, resource).wrap(repOf(guest.state.handles.takeOwn(handle, resource)), true),
  lower: (guest, value) => {
    const owner = ownerOf(guest, resource);
    return guest.state.handles.add(resource, owner.unwrap(value).give(owner), true);
  },
});

const borrowOfGuest = (resource: ResourceType): HandleMoves => ({
  lift: (guest, handle) => ownerOf(guest, resource).wrap(repOf(lend(guest, handle, resource)), false),
  lower: (guest, value) => {
    const owner = ownerOf(guest, resource);
    const rep = owner.unwrap(value).lend(owner);
    // who defines the resource gets what it knows it by, and no handle
    if (owner.state === guest.state) return rep;
    guest.state.borrows += 1;
    return guest.state.handles.add(resource, rep, false);
  },
});

function lend(guest: GuestContext, handle: number, resource: ResourceType): unknown {
  const { handles, lent } = guest.state;
  const rep = handles.lend(handle, resource);
  lent.push(handle);
  return rep;
}

/** Gives back what was lent since there were `mark` loans. */
export function endLoans(guest: GuestContext, mark: number): void {
  const { handles, lent } = guest.state;
  while (lent.length > mark) {
    const handle = lent.pop();
    if (handle !== undefined) handles.endLoan(handle);
  }
}

function ownerOf(guest: GuestContext, resource: ResourceType): ResourceOwner {
  const owner = guest.state.shared.owners[resource.id];
  if (owner === undefined) throw new Trap(`nothing defines the resource ${resource.name}`);
  return owner;
}

const repOf = (rep: unknown): number => (typeof rep === "number" ? rep : 0);
