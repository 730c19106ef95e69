from registry.core.lookups import Among, Holds
from registry.history.added_reasons import AddedReason
from registry.history.change_sets import ChangeSet, Source, change_set, current, record
from registry.history.exceptions import NoChangeSet, Unrecorded
from registry.history.imported_files import ImportedFile
from registry.history.recording import HistoryRow
from registry.history.seals import Seal, SealForm, head_digest
from registry.history.submissions import Submission
from registry.history.tracked import Tracked
from registry.history.typed_forms import TypedForm
from registry.models.acceptances import Acceptance
from registry.models.activities import (
    Answer,
    CriminalDataGround,
    IdentityNumbersGround,
    ImpactAssessment,
    OurRole,
    ProcessingActivity,
    SpecialCategoriesGround,
)
from registry.models.agreements import Agreement, AgreementKind
from registry.models.document_texts import DocumentText
from registry.models.editions import Edition, EditionFile, EditionState
from registry.models.legal_bases import Article, LegalBasis
from registry.models.matchings import Matching
from registry.models.mechanisms import MechanismAlias, MechanismKind, TransferMechanism
from registry.models.organisation_settings import Logo, Organisation
from registry.models.saved_views import SavedView
from registry.models.spent_codes import SpentCode, spend
from registry.models.stored_verdicts import StoredVerdict, law_on
from registry.models.transfers import Transfer, YesNoUnknown
from registry.models.uploads import Upload
from registry.models.users import User
from registry.models.vendor_names import NameKind, VendorName
from registry.models.vendors import Role, Status, Vendor
from registry.models.watches import Watch

__all__ = [
    "Acceptance",
    "AddedReason",
    "Agreement",
    "AgreementKind",
    "Among",
    "Answer",
    "Article",
    "ChangeSet",
    "CriminalDataGround",
    "DocumentText",
    "Edition",
    "EditionFile",
    "EditionState",
    "HistoryRow",
    "Holds",
    "IdentityNumbersGround",
    "ImpactAssessment",
    "ImportedFile",
    "LegalBasis",
    "Logo",
    "Matching",
    "MechanismAlias",
    "MechanismKind",
    "NameKind",
    "NoChangeSet",
    "Organisation",
    "OurRole",
    "ProcessingActivity",
    "Role",
    "SavedView",
    "Seal",
    "SealForm",
    "Source",
    "SpecialCategoriesGround",
    "SpentCode",
    "Status",
    "StoredVerdict",
    "Submission",
    "Tracked",
    "Transfer",
    "TransferMechanism",
    "TypedForm",
    "Unrecorded",
    "Upload",
    "User",
    "Vendor",
    "VendorName",
    "Watch",
    "YesNoUnknown",
    "change_set",
    "current",
    "head_digest",
    "law_on",
    "record",
    "spend",
]
