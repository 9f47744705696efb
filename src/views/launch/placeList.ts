import * as vscode from 'vscode';
import { DisposableStore, Signal, type Disposable } from '../../disposable.js';
import { AuthError, messageOf } from '../../errors.js';
import type { Place } from '../../jobs/job.js';
import type { OfferFailure } from '../../jobs/offers.js';
import type { Draft } from '../../jobs/plan.js';
import { isOwn } from '../../jobs/place.js';
import { asksForMachine, vramOf } from '../../jobs/wish.js';
import type { Offer } from '../../providers/cloud.js';
import type { SshHostEntry } from '../../providers/sshHosts.js';
import type { Trainyard } from '../../trainyard.js';
import { mayHoldKey } from '../keyOnMachine.js';
import { foldAlike } from './alikeOffers.js';
import { separator, type Choice, type Remark, type Row } from './ask.js';
import type { ListButton, ListContent } from './liveList.js';
import { proposedOffer, type OfferSearch } from './offerSearch.js';
import { describeOfferRow } from './rentalWords.js';
import { basisOf, wishOf, type RunDraft } from './runDraft.js';

/** What the user wants of the list. */
export type PlaceAnswer =
  | { readonly kind: 'own'; readonly place: Place }
  | { readonly kind: 'rent'; readonly offer: Offer; readonly title: string }
  | { readonly kind: 'another-host' }
  /** A provider whose key was refused, or any. */
  | { readonly kind: 'add-provider'; readonly provider: string | null };

export interface PlaceFacts {
  readonly engine: Trainyard;
  readonly draft: RunDraft;
  /** Whether the user has answered before; else the answer is a guess. */
  readonly isAnswered: boolean;
  /** The look at the dataset, perhaps still under way. */
  readonly check: Promise<Draft>;
  readonly search: OfferSearch;
  /** Machines that were added or trained on. */
  readonly known: readonly SshHostEntry[];
  /** Machines that `~/.ssh/config` names. */
  readonly aliases: readonly string[];
}

const thisComputer: Place = { provider: 'local', destination: null, identityFiles: [] };

/** Every place to train at, as rows of a list that grows while clouds answer. */
export class PlaceList implements Disposable {
  readonly #facts: PlaceFacts;
  readonly #own = new DisposableStore();
  readonly #changed = this.#own.add(new Signal<void>());
  /** Why this computer will not do; `null` while nothing speaks against it. */
  #misfit: string | null = null;

  constructor(facts: PlaceFacts) {
    this.#facts = facts;
    this.#own.add(facts.search.onDidChange.on(() => this.#changed.fire()));
    const looking = new AbortController();
    this.#own.add({ dispose: () => looking.abort() });
    void this.#lookAtThisComputer(looking.signal);
  }

  readonly onDidChange = (show: () => void): Disposable => this.#changed.on(show);

  readonly content = (): ListContent<PlaceAnswer> => ({
    rows: [...this.#ownRows(), ...this.#rentRows()],
    proposed: this.#proposed(),
    isBusy: this.#facts.search.found.isSearching,
    buttons: this.#facts.search.found.clouds.length > 0 ? this.#buttons() : [],
  });

  dispose(): void {
    this.#own.dispose();
  }

  /** Only where a GPU is wanted. What cannot be found out is told when the job is started there. */
  async #lookAtThisComputer(signal: AbortSignal): Promise<void> {
    const { engine, draft, check } = this.#facts;
    const wish = wishOf(draft);
    try {
      const { estimate, ...checked } = await check;
      if (!asksForMachine(wish) && vramOf(wish, estimate) === null) return;
      this.#misfit = await engine.misfit(thisComputer, { ...checked, estimate }, signal);
    } catch (error) {
      engine.logger.debug(`this computer look → ${messageOf(error)}`);
    }
    if (!signal.aborted) this.#changed.fire();
  }

  #proposed(): PlaceAnswer | undefined {
    const { draft, isAnswered, search } = this.#facts;
    const { place, rental } = draft;
    const named = basisOf(draft)?.providers ?? [];
    const isThere = search.found.offers.some(({ id }) => id === rental?.offer.id);
    if (rental && isThere) return toRent(rental.offer, rental.title);
    const isFit = isAnswered || place.destination !== null || this.#misfit === null;
    if (isOwn(place.provider) && isFit) return { kind: 'own', place };
    const offer = proposedOffer(
      search.found,
      named.filter((name) => !isOwn(name)),
    );
    return offer ? toRent(offer, this.#titleOf(offer.provider)) : undefined;
  }

  #ownRows(): Row<PlaceAnswer>[] {
    const { known, aliases, draft } = this.#facts;
    const listed = withPresent(known, draft.place);
    const fresh = aliases.filter((alias) => !listed.some(({ destination }) => destination === alias));
    return [
      {
        label: vscode.l10n.t('$(device-desktop) This computer'),
        ...(this.#misfit === null ? {} : { description: this.#misfit }),
        value: { kind: 'own', place: thisComputer },
      },
      ...listed.map((host) => toChoice(host, '')),
      ...fresh.map((alias) => toChoice({ destination: alias, identityFiles: [] }, '~/.ssh/config')),
      { label: vscode.l10n.t('$(add) Another SSH host…'), value: { kind: 'another-host' } },
    ];
  }

  #rentRows(): Row<PlaceAnswer>[] {
    const { offers, failures } = this.#facts.search.found;
    return [
      separator(this.#heading()),
      ...failures.map(failureRow),
      ...this.#offerRows(offers),
      ...this.#remarks(),
      ...this.#addRows(),
    ];
  }

  /** `rent a GPU: with 24 GB, spot too` */
  #heading(): string {
    const { found, filter } = this.#facts.search;
    const shown = [
      ...(this.#isNarrowed() && !filter.all ? [this.#wanted()] : []),
      ...(filter.spot ? [vscode.l10n.t('spot too')] : []),
    ].join(', ');
    return found.clouds.length === 0 || shown === ''
      ? vscode.l10n.t('rent a GPU')
      : vscode.l10n.t('rent a GPU: {0}', shown);
  }

  /** Whether the training wants a GPU that not every one is. */
  #isNarrowed(): boolean {
    const { need } = this.#facts.search.found;
    return need !== null && (need.vramGb !== null || need.gpus.length > 0);
  }

  /** `RTX 4090 or L4 with 24 GB` */
  #wanted(): string {
    const { gpus = [], vramGb = null } = this.#facts.search.found.need ?? {};
    const memory = vramGb === null ? [] : [vscode.l10n.t('{0} GB or more', vramGb)];
    return [...(gpus.length > 0 ? [gpus.join(' or ')] : []), ...memory].join(', ');
  }

  #offerRows(offers: readonly Offer[]): (Choice<PlaceAnswer> | Remark)[] {
    const { engine, draft, search } = this.#facts;
    const rows = offers.map((offer) => {
      const { title, facts } = engine.providers.cloud(offer.provider);
      const seller = { title, facts, holdsKey: mayHoldKey(offer.provider) };
      return { offer, words: describeOfferRow(offer, seller, search.found.load) };
    });
    return foldAlike(rows, draft.rental?.offer.id).map(({ offer, words: { label, ...words } }) =>
      offer.available === false
        ? { ...words, label: `$(circle-slash) ${label}` }
        : { ...words, label: `$(chip) ${label}`, value: toRent(offer, this.#titleOf(offer.provider)) },
    );
  }

  /** What is going on while there is nothing to choose. */
  #remarks(): Remark[] {
    const { clouds, offers, load, failures, isSearching } = this.#facts.search.found;
    if (offers.length > 0 || clouds.length === 0) return [];
    const titles = clouds.map(({ title }) => title).join(', ');
    if (load === null) return [remark('$(loading~spin)', vscode.l10n.t('Looking at the dataset first'))];
    if (isSearching) return [remark('$(loading~spin)', vscode.l10n.t('Asking {0}', titles))];
    if (failures.length === clouds.length) return [];
    return [remark('$(info)', vscode.l10n.t('{0}: nothing that fits is to be had now', titles))];
  }

  #addRows(): Choice<PlaceAnswer>[] {
    const { clouds } = this.#facts.search.found;
    const missing = this.#facts.engine.providers.clouds.filter(
      ({ id }) => !clouds.some((one) => one.id === id),
    );
    if (missing.length === 0) return [];
    return [
      {
        label: vscode.l10n.t('$(add) Add a provider…'),
        detail: vscode.l10n.t(
          'By the hour, with a key of yours: {0}',
          missing.map(({ title }) => title).join(', '),
        ),
        alwaysShow: true,
        value: { kind: 'add-provider', provider: null },
      },
    ];
  }

  #buttons(): ListButton[] {
    const { search } = this.#facts;
    const { spot, all } = search.filter;
    return [
      {
        iconPath: new vscode.ThemeIcon('zap'),
        tooltip: spot
          ? vscode.l10n.t('Hide Spot Machines')
          : vscode.l10n.t('Show Spot Machines, Which Are Cheaper and May Be Taken Back at Any Time'),
        press: () => search.show({ spot: !spot, all }),
      },
      ...(this.#isNarrowed()
        ? [
            {
              iconPath: new vscode.ThemeIcon(all ? 'filter' : 'filter-filled'),
              tooltip: all ? vscode.l10n.t('Show Only GPUs That Fit') : vscode.l10n.t('Show All GPUs'),
              press: () => search.show({ spot, all: !all }),
            },
          ]
        : []),
      {
        iconPath: new vscode.ThemeIcon('refresh'),
        tooltip: vscode.l10n.t('Ask Again'),
        press: () => search.repeat(),
      },
    ];
  }

  #titleOf(provider: string): string {
    return this.#facts.engine.providers.cloud(provider).title;
  }
}

/** Tells answers apart. */
export function keyOf(answer: PlaceAnswer): string {
  switch (answer.kind) {
    case 'own':
      return `own ${answer.place.destination ?? ''}`;
    case 'rent':
      return `rent ${answer.offer.provider} ${answer.offer.id}`;
    case 'add-provider':
      return `add ${answer.provider ?? ''}`;
    case 'another-host':
      return answer.kind;
    default:
      return answer satisfies never;
  }
}

const toRent = (offer: Offer, title: string): PlaceAnswer => ({ kind: 'rent', offer, title });

const remark = (icon: string, text: string): Remark => ({ label: `${icon} ${text}`, alwaysShow: true });

/** A key that was refused can be given anew. */
function failureRow({ provider, title, error, message }: OfferFailure): Choice<PlaceAnswer> | Remark {
  const row = { label: `$(warning) ${title}`, alwaysShow: true };
  if (!(error instanceof AuthError)) return { ...row, detail: message };
  return {
    ...row,
    detail: vscode.l10n.t('{0} refused the key; choose this to give another one', title),
    value: { kind: 'add-provider', provider },
  };
}

/** The machine a trainyard.yaml names may be in neither list. */
function withPresent(known: readonly SshHostEntry[], present: Place): readonly SshHostEntry[] {
  const { destination, identityFiles } = present;
  if (destination === null || known.some((host) => host.destination === destination)) return known;
  return [{ destination, identityFiles: [...identityFiles] }, ...known];
}

const toChoice = (host: SshHostEntry, description: string): Choice<PlaceAnswer> => ({
  label: `$(server) ${host.destination}`,
  description,
  value: { kind: 'own', place: toPlace(host) },
});

export const toPlace = ({ destination, identityFiles }: SshHostEntry): Place => ({
  provider: 'ssh',
  destination,
  identityFiles,
});
