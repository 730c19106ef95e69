from registry.models.acceptances import Acceptance
from registry.models.activities import Article, LegalBasis, ProcessingActivity, SpecialCategories
from registry.models.among import Among
from registry.models.changes import ChangeSet, NoChangeSet, Source, change_set, current, record
from registry.models.codes import SpentCode, spend
from registry.models.holding import Holds
from registry.models.imported_files import ImportedFile
from registry.models.people import User
from registry.models.saved_views import SavedView
from registry.models.seals import Seal, SealForm, head_digest
from registry.models.stored_verdicts import StoredVerdict, law_on
from registry.models.submissions import Submission
from registry.models.texts import DocumentText
from registry.models.tracked import HistoryRow, Tracked, Unrecorded
from registry.models.transfers import MechanismAlias, MechanismKind, Qualifies, Transfer, TransferMechanism
from registry.models.uploads import Upload
from registry.models.vendors import Agreement, AgreementKind, Role, Status, Vendor

__all__ = [
    "Acceptance",
    "Agreement",
    "AgreementKind",
    "Among",
    "Article",
    "ChangeSet",
    "DocumentText",
    "HistoryRow",
    "Holds",
    "ImportedFile",
    "LegalBasis",
    "MechanismAlias",
    "MechanismKind",
    "NoChangeSet",
    "ProcessingActivity",
    "Qualifies",
    "Role",
    "SavedView",
    "Seal",
    "SealForm",
    "Source",
    "SpecialCategories",
    "SpentCode",
    "Status",
    "StoredVerdict",
    "Submission",
    "Tracked",
    "Transfer",
    "TransferMechanism",
    "Unrecorded",
    "Upload",
    "User",
    "Vendor",
    "change_set",
    "current",
    "head_digest",
    "law_on",
    "record",
    "spend",
]
