"""Features of past snapshots computed on an Apache Spark cluster, a part of the customers at a time."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from winback.features import FeatureMatrix, PartFeatures, join_parts, part_features
from winback.history import Everyone, History
from winback.settings import FeatureSettings, Settings
from winback.snapshots import Snapshots
from winback.spark import Part, Parts, spark_session
from winback.spark.work import pack


def features_on_spark(staging: Path, history: History, snapshots: Snapshots, settings: Settings) -> FeatureMatrix:
    """Compute features of any rows on the cluster that the settings name, and collect them.

    Parameters
    ----------
    staging : Path
        Staged tables; the workers read them at the same path.
    history : History
        Of all customers, up to the time to which facts are known.
    snapshots : Snapshots
        The rows; as many as the driver can hold the features of.
    settings : Settings
        Reads ``features`` and ``spark``.

    Returns
    -------
    FeatureMatrix
        As `winback.features.compute_features` gives it.
    """
    with spark_session(settings.spark.master) as session:
        count = -(-history.n_customers // settings.spark.customers_per_part)
        parts = Parts.of_staging(session, staging, count, history.ends_at, history.timezone)
        try:
            packed = parts.map(_Featurize(snapshots, settings.features), "features binary").collect()
        finally:
            parts.close()
    return join_parts([pickle.loads(bytes(row.features)) for row in packed], snapshots)


@dataclass(frozen=True)
class _Featurize:
    """What workers compute: the rows of their part's customers."""

    snapshots: Snapshots
    settings: FeatureSettings

    def __call__(self, part: Part) -> pa.Table:
        rows = np.flatnonzero(np.isin(self.snapshots.customer, part.codes))
        some = self.snapshots.rows(rows)
        own = np.searchsorted(part.codes, some.customer).astype(np.int32)
        mine = Snapshots(own, some.cutoff, some.population)
        # no feature compares a customer with others
        made = part_features(part.history(Everyone()), mine, self.settings, threads=1)
        packed = pack(PartFeatures(rows, made.values, made.planned))
        return pa.table({"features": pa.array([packed], pa.binary())})
