"""The register's models as the libraries' documentation sets them up: plain fields, ``HistoricalRecords()``."""

from django.db import models
from simple_history.models import HistoricalRecords


class Vendor(models.Model):
    name = models.TextField(unique=True)
    notes = models.TextField(blank=True)
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.name


class LegalBasis(models.Model):
    label = models.TextField(unique=True)
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.label


class Mechanism(models.Model):
    label = models.TextField(unique=True)
    history = HistoricalRecords()

    def __str__(self) -> str:
        return self.label


class Activity(models.Model):
    vendor = models.ForeignKey(Vendor, models.CASCADE, related_name="activities")
    purpose = models.TextField()
    personal_data = models.TextField(blank=True)
    country = models.CharField(max_length=2)
    legal_basis = models.ForeignKey(LegalBasis, models.PROTECT, null=True, blank=True)
    data_subjects = models.TextField(blank=True)
    special_categories = models.CharField(max_length=20, default="not_assessed")
    retention = models.TextField(blank=True)
    security_measures = models.TextField(blank=True)
    impact_assessment_url = models.URLField(blank=True, max_length=500)
    status = models.CharField(max_length=10, default="active")
    notes = models.TextField(blank=True)
    position = models.BigIntegerField(default=0)
    starts_page = models.BooleanField(default=False)
    history = HistoricalRecords()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("vendor", "purpose"), name="stock_once"),)

    def __str__(self) -> str:
        return f"{self.vendor}: {self.purpose}"


class Transfer(models.Model):
    activity = models.ForeignKey(Activity, models.CASCADE, related_name="transfers")
    mechanism = models.ForeignKey(Mechanism, models.PROTECT)
    country = models.CharField(max_length=2, blank=True)
    recipient_qualifies = models.CharField(max_length=10, default="unknown")
    checked_on = models.DateField(null=True, blank=True)
    signed_on = models.DateField(null=True, blank=True)
    assessed_on = models.DateField(null=True, blank=True)
    evidence_url = models.URLField(blank=True, max_length=500)
    position = models.PositiveSmallIntegerField(default=0)
    history = HistoricalRecords()

    def __str__(self) -> str:
        return f"{self.activity}: {self.mechanism}"
