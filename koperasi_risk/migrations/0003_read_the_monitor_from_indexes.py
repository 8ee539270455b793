from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("koperasi_risk", "0002_lock_tenants"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="memberfacts",
            name="facts_of_day",
        ),
        migrations.AddIndex(
            model_name="memberfacts",
            index=models.Index(
                fields=["tenant", "as_of", "member"],
                include=("collectability", "days_past_due", "outstanding"),
                name="facts_by_day",
            ),
        ),
        migrations.AddIndex(
            model_name="riskassessment",
            index=models.Index(
                fields=["tenant", "member", "computed_at", "id"],
                include=("decision",),
                name="assessment_over_time",
            ),
        ),
    ]
