"""The metrics of a gateway, as Prometheus reads them."""

from prometheus_client.parser import text_string_to_metric_families

from tests.running import Gateway


class Scrape:
    """What `/metrics` told at one instant."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._values = {
            (sample.name.removeprefix("referral_gateway_"), frozenset(sample.labels.items())): (
                sample.value
            )
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def __call__(self, name: str, **labels: str) -> float | None:
        """The value of one series; None when there is none."""
        return self._values.get((name, frozenset(labels.items())))

    def labels(self, name: str, label: str) -> set[str]:
        """All values of a label."""
        return {dict(labels)[label] for series, labels in self._values if series == name}


def scrape(gateway: Gateway) -> Scrape:
    """Ask an open gateway."""
    response = gateway.http.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    return Scrape(response.text)
